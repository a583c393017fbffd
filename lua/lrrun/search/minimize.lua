--- search.minimize: the lowest value of any Lua function over a space.
--
-- Trial n is proposed from all earlier trials, so the same seed gives the same trials.
-- An objective that raises, or gives no finite number, is a failed trial: it is recorded
-- with its message and the search goes on; a limit that is passed, or Ctrl-C, ends it and the
-- script. Layer: search.

local current = require "lrrun.util.current"
local host = require "lrrun.native.host"
local options = require "lrrun.util.options"
local errors = require "lrrun.util.errors"
local spaces = require "lrrun.search.space"
local strategies = require "lrrun.search.strategies"

local NAME = "search.minimize"

local call = options.constructor {
  name = NAME,
  doc = "Searches the lowest value of a Lua function.",
  opaque = true,
  keys = {
    { "space", "table", required = true, doc = "table that holds dimensions, nested as you like" },
    { "objective", "function", required = true,
      doc = "f(values, number) gives the value; values is the space with values in place" },
    { "strategy", { "string", "value" }, doc = "search.bayes() and the others; default bayes" },
    { "trials", "integer", min = 1, default = 30, doc = "how many trials" },
    { "seed", "integer", min = 0, default = 0, doc = "the same seed gives the same trials" },
  },
}

-- Value, or nil and why the trial failed.
local function evaluate(objective, values, number)
  local fine, value = errors.pcall(objective, values, number)
  local stopped = not fine and errors.stopped(value)
  if stopped then
    error(stopped, 0)
  elseif not fine then
    return nil, type(value) == "string" and value or "error: " .. errors.show(value)
  elseif type(value) ~= "number" then
    return nil, ("the objective returned %s, want a number"):format(errors.show(value))
  elseif value ~= value or math.abs(value) == math.huge then
    return nil, ("the objective returned %s"):format(value)
  end
  return value
end

local KINDS = 3 -- of messages that are shown

-- "3 times: objective.lua:4: boom (first in trial 2)", the commonest first.
local function causes_of(trials)
  local list, by_text = {}, {}
  for _, t in ipairs(trials) do
    local cause = t.error and by_text[t.error]
    if cause then
      cause.n = cause.n + 1
    elseif t.error then
      by_text[t.error] = { n = 1, text = t.error, first = t.number }
      list[#list + 1] = by_text[t.error]
    end
  end
  table.sort(list, function(a, b)
    return a.n > b.n or a.n == b.n and a.first < b.first
  end)
  return list
end

-- A search whose trials fail says so: what an objective raises is easily overlooked in `trials`.
local function tell_failures(trials)
  local causes, failed, parts = causes_of(trials), 0, {}
  for i, cause in ipairs(causes) do
    failed = failed + cause.n
    if i <= KINDS then
      parts[i] = ("%s%s (%s trial %d)"):format(#causes > 1 and cause.n .. " times " or "",
        errors.short(cause.text, 300), cause.n > 1 and "first in" or "in", cause.first)
    end
  end
  if failed > 0 then
    current.out():warn("%s: %d of %d trials failed: %s%s", NAME, failed, #trials,
      table.concat(parts, "; "), #causes > KINDS and ("; and %d other messages"):format(
        #causes - KINDS) or "")
  end
end

local function run(opts)
  local space = spaces.collect(opts.space)
  if not space.native then
    errors.raise(nil, "%s: 'space' holds no dimension (search.uniform and the others)", NAME)
  end
  local strategy = strategies.from(opts.strategy, NAME)
  if strategy.kind == "search.pbt" then
    errors.raise(nil, "%s: 'strategy' is pbt, which changes values of trainings that are under "
      .. "way; a function has none: want bayes, tpe or another", NAME)
  end
  local cfg, limit = strategies.configure(strategy, space, opts.seed, opts.trials,
    current.request().portable)
  local history, trials, best = {}, {}, nil
  for number = 0, math.min(opts.trials, limit or math.huge) - 1 do
    host.check_interrupt()
    local point = space.native:propose(cfg, history, number)
    local params = space:params(point)
    local value, why = evaluate(opts.objective, spaces.resolve(opts.space, params), number)
    local state = value and "ok" or "failed"
    history[#history + 1] = { x = point, value = value, state = state }
    trials[#trials + 1] = {
      number = number, params = params, value = value, state = state, error = why,
    }
    if value and (not best or value < best.value) then
      best = { trial = number, value = value, params = params }
    end
  end
  tell_failures(trials)
  if limit and limit < opts.trials then
    current.out():note("%s: %s", NAME, strategies.exhausted(limit, opts.trials))
  end
  return { best = best, trials = trials }
end

--- search.minimize{ space, objective, strategy, trials, seed }
---@return table { best = { trial, value, params }, trials = { { number, params, value,
--- state, error } } }; best is nil where every trial failed
return function(...)
  return run(call(...).opts)
end
