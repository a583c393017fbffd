--- A run that goes on in another way than it was meant to: with another rate, schedule or length.
-- The weights, the optimizer's moments, the place in the data and the best epoch stay; stop rules
-- and a new schedule begin there.
--
-- A continuation is an extension (extension.lua) with via = "continue", from_step, from_lr, epochs
-- or steps where the length is another, and set: changes of the recipe as --set has them.
-- Layer: runs.

local checkpoint = require "lrrun.runs.checkpoint"
local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local ignores_lr = require "lrrun.schedule.ignores_lr"
local momentum = require "lrrun.train.momentum"
local options = require "lrrun.util.options"
local overrides = require "lrrun.recipe.overrides"
local resolve = require "lrrun.recipe.resolve"
local schedule = require "lrrun.schedule"
local seq = require "lrrun.schedule.seq"
local units = require "lrrun.util.units"

local continuation = {}

--- What may change: all else is what the run's state was made of.
continuation.HEADS = { "optimizer", "schedule", "clip", "stop", "checkpoint", "on_divergence" }

local HEADS = continuation.HEADS

local function head_of(path)
  return path:match "^[^.]+"
end

local function sets(list, path)
  for _, item in ipairs(list) do
    if item.path == path then
      return true
    end
  end
  return false
end

--- Raises for a change that a run's state cannot follow.
---@param list { path: string, text: string }[]
function continuation.check_set(list)
  for _, item in ipairs(list) do
    local head, known = head_of(item.path), false
    for _, name in ipairs(HEADS) do
      known = known or head == name
    end
    if not known then
      errors.raise("--set " .. item.path, "continue changes %s, and the length by --epochs%s; with "
        .. "another '%s' a run begins anew, from these weights by init = 'RUN/weights.safetensors'",
        table.concat(HEADS, ", "), errors.hint(head, HEADS), head)
    end
  end
end

--- The recipe of the run from the continuation on.
---@param r table a resolved recipe
---@param item table
function continuation.apply(r, item)
  local list = overrides.parse(item.set)
  if sets(list, "schedule") then
    r = options.with(r, { optimizer = momentum.ended(r) }, { "schedule" })
  end
  local kind = r.opts.optimizer.kind
  continuation.check_set(list)
  r = overrides.apply(r, list, resolve.evaluate, current.script())
  if r.opts.optimizer.kind ~= kind then
    errors.raise("--set optimizer", "the run was trained by %s, whose moments are of no use to %s; "
      .. "another optimizer begins anew, from these weights by init = 'RUN/weights.safetensors'",
      kind, r.opts.optimizer.kind)
  end
  if sets(list, "schedule") then
    local past = schedule.hold { units.new(item.from_step, "steps"), value = item.from_lr }
    r = options.with(r, { schedule = seq.join(past, r.opts.schedule) })
  end
  return r
end

--- Whether the rate's schedule begins anew, and whether the rate is another one.
---@param item table
---@return boolean, boolean
function continuation.changes(item)
  local list = overrides.parse(item.set)
  local anew = sets(list, "schedule")
  return anew, anew or sets(list, "optimizer.lr") or sets(list, "optimizer")
end

--- Where a run stands that has ended, was interrupted or killed: updates made, and whether the
--- evaluation after the last one is still to be made.
---@param settings table
---@param run table the run of its folder, at its first step
---@param result table?
---@return integer, boolean
function continuation.last(settings, run, result)
  local reader <close> = checkpoint.latest(settings.folder, function(why)
    error(why, 0)
  end, run.session:tensors())
  if not reader then
    error(("%s has no checkpoint yet: nothing of it could go on; lrrun resume begins it again")
      :format(settings.folder), 0)
  elseif result and reader.state.step ~= result.steps then
    error(("%s has no checkpoint of its end: it cannot go on"):format(settings.folder), 0)
  end
  return reader.state.step, reader.state.waits ~= nil
end

-- The rate of the last update; that of the optimizer where only a run of it could tell.
local function last_rate(run, step)
  local ok, lr = pcall(require("lrrun.runs.extension").curve(run), step - 1)
  lr = ok and lr or run.recipe.opts.optimizer.opts.lr
  return type(lr) == "number" and lr or 0
end

--- The continuation of a run that stands after `step` updates.
---@param run table of prepare.run, as it was
---@param step integer
---@param asked { lr: number?, set: string[]?, updates: integer? } updates: length in all
function continuation.new(run, step, asked)
  local per_epoch, set = run.clock.steps_per_epoch, {}
  if asked.lr then
    set[1] = ("optimizer.lr=%.17g"):format(asked.lr)
  end
  table.move(asked.set or {}, 1, #(asked.set or {}), #set + 1, set)
  local item = { via = "continue", from_step = step, from_lr = last_rate(run, step),
    set = set[1] and set or nil }
  if asked.updates and run.recipe.opts.steps then
    item.steps = asked.updates
  elseif asked.updates then
    item.epochs = (asked.updates + per_epoch - 1) // per_epoch
  end
  return item
end

local function names_of(run)
  local names = select(2, run.session:numbers())
  for name in pairs(run.session:tensors()) do
    names[#names + 1] = name
  end
  table.sort(names)
  return table.concat(names, " ")
end

--- Raises where the run as it would be cannot take the state of the run as it was, or would not
--- change as asked.
---@param old table of prepare.run
---@param new table of prepare.run
---@param asked { lr: number? }
function continuation.check(old, new, asked)
  local value = new.recipe.opts.schedule
  if asked.lr and ignores_lr(value, new.clock) then
    errors.raise("--lr", "%s has rates of its own, whatever lr is; want a schedule that goes by "
      .. "it, as in --set schedule=schedule.linear{}",
      value.kind == "schedule.seq" and "the schedule"
      or value.kind)
  elseif names_of(old) ~= names_of(new) then
    errors.raise("--set", "this changes what %s keeps for each weight, which the run does not "
      .. "have; it can begin anew, from these weights by init = 'RUN/weights.safetensors'",
      new.recipe.opts.optimizer.kind)
  end
end

return continuation
