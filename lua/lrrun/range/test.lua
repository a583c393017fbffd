--- Range tests of a recipe, one for each seed, and what they say together. Layer: range.

local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local figure = require "lrrun.util.figure"
local ignores_lr = require "lrrun.schedule.ignores_lr"
local options = require "lrrun.util.options"
local prepare = require "lrrun.train.prepare"
local rate_words = require "lrrun.util.rate_words"
local suggest = require "lrrun.range.suggest"
local sweep = require "lrrun.range.sweep"
local transfer = require "lrrun.schedule.transfer"

local tests_of_recipe = {}

local HIGH = 0.8 -- factor below which a schedule keeps its rate high

-- The recipe with a plain rate and no schedule of it; other numbers keep theirs.
local function plain(r)
  local optimizer = r.opts.optimizer
  local own = options.descriptor(optimizer:maker()).own_sizes
  if own then
    errors.raise(optimizer.where, "range: %s, and no range test can find it", own)
  end
  if type(optimizer.opts.lr) ~= "number" then
    optimizer = options.with(optimizer, { lr = 0 }) -- groups' own rates stay as they are
  end
  return options.with(r, { optimizer = optimizer }, { "schedule", "stop" })
end

local function watcher(o, k)
  local out = current.out()
  if not out.live then
    return nil
  end
  local test = o.seeds > 1 and ("test %d/%d  "):format(k, o.seeds) or ""
  return function(i, point)
    if i % 10 == 0 or i == o.n then
      out:progress(("%slr %.3g  loss %s  %d/%d"):format(test, point.lr, figure(point.smoothed),
        i, o.n))
    end
  end
end

-- What the rates are times for the recipe's own schedule: what the curve shows are rates to decay
-- from; one that keeps the rate high wants less (schedule/transfer.lua). Nil where that is little,
-- or a metric or a function decides.
local function factor_of(r, clock)
  local lr, copy = r.opts.optimizer.opts.lr, { lr = 1 }
  for key, item in pairs(clock) do
    copy[key] = copy[key] or item
  end
  local value = r.opts.schedule or type(lr) == "table" and lr or nil
  local ok, found = pcall(transfer.of_schedule, value, copy)
  return ok and found and found.factor < HIGH and found.factor or nil
end

-- Whether the recipe's schedule has rates of its own throughout, which the optimizer's lr does not
-- change. Raises where lr is a word: what it finds would be used nowhere.
local function is_unused(r, clock)
  local optimizer, value = r.opts.optimizer, r.opts.schedule
  local unused, word = ignores_lr(value, clock), rate_words.of(optimizer.opts.lr)
  if unused and word then
    errors.raise(value.where, "%s: lr = '%s' is the rate to schedule from, and the schedule has "
      .. "the same rates whatever it is: %s; want lr = a number, and other rates in the schedule",
      optimizer.kind, word, tostring(value))
  end
  return unused
end

-- Rates of a test, for a schedule that keeps them high.
local function scaled(suggestions, factor)
  local out = {}
  for name, lr in pairs(suggestions) do
    out[name] = lr * factor
  end
  return out
end

-- One test: { seed, points, ended, suggestions, suggestion, bracket, moves, doubt = why it has no
-- suggestion }.
local function test(r, o, k, ctx)
  local run <close> = prepare.run(r, ctx)
  ctx.dataset = run.dataset -- the next test trains on the same samples
  ctx.unused = ctx.unused == nil and is_unused(ctx.recipe, run.clock) or ctx.unused
  ctx.factor = ctx.factor == nil and (factor_of(ctx.recipe, run.clock) or false) or ctx.factor
  local points, ended = sweep.run(run, o, watcher(o, k))
  local found, why = suggest.all(points, o.n)
  found.seed, found.points, found.ended = r.opts.seed, points, ended
  if found.suggestions then
    found.suggestions = scaled(found.suggestions, ctx.factor or 1)
    found.suggestion, why = suggest.consensus(found.suggestions)
  end
  found.doubt = why
  return found
end

-- As many tests as there are seeds. Gives the data, too, which are open, and the factor of their
-- rates: fields of the second value.
local function tests_of(r, o)
  local request = current.request()
  local ctx = {
    data_dir = request.data_dir, recipe_dir = request.recipe_dir, threads = request.threads,
    recipe = r,
  }
  local base, tests = plain(r), {}
  for k = 1, o.seeds do
    tests[k] = test(options.with(base, { seed = r.opts.seed + k - 1 }), o, k, ctx)
  end
  current.out():progress ""
  return tests, ctx
end

-- The median over the tests of what `value` gives, where it gives something in half of them.
local function median_of(tests, value)
  local list = {}
  for _, each in ipairs(tests) do
    list[#list + 1] = value(each)
  end
  return 2 * #list >= #tests and suggest.median(list) or nil
end

local function bracket_of(tests)
  local out = {}
  for _, key in ipairs { "low", "high" } do
    out[key] = median_of(tests, function(each)
      return each.bracket and each.bracket[key]
    end)
  end
  return out.low and out or nil
end

-- Medians over the tests, and how far their own suggestions lie apart. A method says something
-- where it does in half of them.
local function combine(tests, ctx)
  local out = { factor = ctx.factor or nil, unused = ctx.unused or nil,
    points = tests[1].points, ended = tests[1].ended, suggestions = {},
    bracket = bracket_of(tests), tests = #tests > 1 and tests or nil }
  for _, name in ipairs(suggest.methods) do
    out.suggestions[name] = median_of(tests, function(each)
      return each.suggestions and each.suggestions[name]
    end)
  end
  out.suggestion, out.doubt = suggest.consensus(out.suggestions)
  if #tests == 1 then
    return out
  end
  for _, each in ipairs(tests) do
    if each.suggestion then
      out.spread = out.spread or { min = each.suggestion, max = each.suggestion, n = 0 }
      out.spread.min = math.min(out.spread.min, each.suggestion)
      out.spread.max = math.max(out.spread.max, each.suggestion)
      out.spread.n = out.spread.n + 1
    end
  end
  if out.suggestion and out.spread and suggest.are_apart(out.spread.min, out.spread.max) then
    out.suggestion, out.doubt = nil, ("its seeds differ by a factor of %.0f"):format(
      out.spread.max / out.spread.min)
  end
  return out
end

--- See range.of.
---@param r table a resolved recipe
---@param o table the options of train.range
function tests_of_recipe.of(r, o)
  local tests, ctx = tests_of(r, o)
  for _, each in ipairs(tests) do
    if each.suggestions then
      return combine(tests, ctx), ctx.dataset
    end
  end
  errors.raise(r.where, "range: %s", tests[1].doubt)
end

--- See range.bracket.
function tests_of_recipe.bracket(r, o)
  local tests, ctx = tests_of(r, o)
  local out = combine(tests, ctx)
  local found = out.bracket or {}
  local function in_half(key)
    local n = 0
    for _, each in ipairs(tests) do
      n = n + (each[key] and 1 or 0)
    end
    return 2 * n >= #tests
  end
  return { low = found.low or o.from, high = found.high or o.to, moves = in_half "moves",
    turns = in_half "turns", suggestion = out.suggestion, tests = tests }, ctx.dataset
end

return tests_of_recipe
