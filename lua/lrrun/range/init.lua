--- The learning-rate range test: the loss while the rate rises step by step, and the rates
--- that its curve suggests.
--
-- The test has a network, an optimizer and a data order of its own, made from the recipe's
-- seed, so nothing of it reaches the run. Source: Smith, arXiv 1506.01186; smoothing and
-- end as in fastai and Lightning. Layer: range.

local current = require "lrrun.util.current"
local compile = require "lrrun.schedule.compile"
local errors = require "lrrun.util.errors"
local figure = require "lrrun.util.figure"
local host = require "lrrun.native.host"
local options = require "lrrun.util.options"
local prepare = require "lrrun.train.prepare"
local schedule = require "lrrun.schedule"
local suggest = require "lrrun.range.suggest"
local sys = require "lrrun.native.sys"
local units = require "lrrun.util.units"

local range = {}

local BETA = 0.98 -- of the smoothed loss
local GROWTH, SETTLED = 4, 10 -- ends above 4 times the best, after 10 points
local TYPICAL = 1e-3 -- rate to plan with where the optimizer has no default

local OPTIONS = options.constructor {
  name = "train.range",
  usage = "train.range(RECIPE, { ... })",
  doc = "Trains with a rising learning rate and suggests rates; the recipe's run is untouched.",
  source = "Smith, Cyclical Learning Rates, WACV 2017, section 3.3",
  keys = {
    { "from", "number", above = 0, below = math.huge, default = 1e-7, doc = "first rate" },
    { "to", "number", above = 0, below = math.huge, default = 10, doc = "last rate" },
    { "n", "integer", min = 20, max = 100000, default = 100, doc = "updates, one for each rate" },
    { "shape", "string", choices = { "exponential", "linear" }, default = "exponential",
      doc = "how the rate rises" },
    { "seeds", "integer", min = 1, max = 1000, default = 1,
      doc = "tests with as many weights and data orders; the median counts" },
  },
  check = function(o, fail)
    if o.from >= o.to then
      fail("from", "is %g, want less than 'to' (%g)", o.from, o.to)
    end
  end,
}

-- The recipe with a plain rate and no schedule of it; other numbers keep theirs.
local function plain(r)
  local optimizer = r.opts.optimizer
  if optimizer.kind == "optim.rprop" then
    errors.raise(optimizer.where, "range: optim.rprop finds a step size for each weight; its lr "
      .. "counts for the first update alone, and no range test can find it")
  end
  if type(optimizer.opts.lr) ~= "number" then
    optimizer = options.with(optimizer, { lr = 0 }) -- groups' own rates stay as they are
  end
  return options.with(r, { optimizer = optimizer }, { "schedule", "stop" })
end

local function sweep_of(o)
  local length = (o.n - 1) * units.steps
  if o.shape == "linear" then
    return schedule.linear { from = o.from, to = o.to, length = length }
  end
  return schedule.exponential { rate = o.to / o.from, every = length }
end

-- Makes the session's rate rise; the groups' rates keep their ratio.
local function drive(run, o)
  local clock = {}
  for key, item in pairs(run.clock) do
    clock[key] = item
  end
  clock.lr, clock.total_steps = o.from, o.n
  run.session:drive(compile.new(sweep_of(o), clock), "lr")
end

local function check_interrupt()
  if sys.interrupted() then
    error("the range test was interrupted", 0)
  end
end

-- One point for each update, until the loss is not finite or has grown too far. `each` is
-- called with every point. Returns the points and why it ended.
local function steps_of(run, o, each)
  local session, points = run.session, {}
  local mean, power, best = 0, 1, math.huge
  for i = 1, o.n do
    prepare.feed(run, i - 1, {})
    local loss, _, finite, _, lr = session:step()
    host.refresh()
    check_interrupt()
    if loss ~= loss or loss == math.huge or loss == -math.huge then
      return points, "not finite"
    end
    mean, power = BETA * mean + (1 - BETA) * loss, power * BETA
    local point = { lr = lr, loss = loss, smoothed = mean / (1 - power) }
    points[i] = point
    each(i, point)
    if not finite then
      return points, "not finite"
    elseif i > SETTLED and point.smoothed > GROWTH * best then
      return points, "grew"
    end
    best = math.min(best, point.smoothed)
  end
  return points, "done"
end

--- Sweeps a run, in the place of its own schedule of the rate, and puts its session back as
--- it was.
---@param run table of prepare.run
---@param o { from: number, to: number, n: integer, shape: string }
---@param each (fun(i: integer, point: table))?
---@return table[] points, string reason "done", "grew" or "not finite"
function range.sweep(run, o, each)
  run.session:snapshot()
  drive(run, o)
  local ok, points, reason = pcall(steps_of, run, o, each or function() end)
  run.session:undrive()
  run.session:rollback()
  if not ok then
    error(points, 0)
  end
  return points, reason
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

-- One test: { seed, points, ended, suggestions, suggestion }.
local function test(r, o, k, ctx)
  local run <close> = prepare.run(r, ctx)
  ctx.dataset = run.dataset -- the next test trains on the same samples
  local points, ended = range.sweep(run, o, watcher(o, k))
  local suggestions, why = suggest.all(points, o.n)
  if not suggestions then
    errors.raise(r.where, "range%s: %s", o.seeds > 1 and (" (seed %d)"):format(r.opts.seed) or "",
      why)
  end
  return { seed = r.opts.seed, points = points, ended = ended, suggestions = suggestions,
    suggestion = suggest.consensus(suggestions) }
end

-- Medians over the tests, and how far they lie apart.
local function combine(tests)
  local medians, rates = {}, {}
  for _, name in ipairs(suggest.methods) do
    local of = {}
    for i, each in ipairs(tests) do
      of[i] = each.suggestions[name]
    end
    medians[name] = suggest.median(of)
  end
  for i, each in ipairs(tests) do
    rates[i] = each.suggestion
  end
  return {
    points = tests[1].points, ended = tests[1].ended, suggestions = medians,
    suggestion = suggest.consensus(medians), tests = #tests > 1 and tests or nil,
    spread = #tests > 1 and { min = math.min(table.unpack(rates)),
      max = math.max(table.unpack(rates)) } or nil,
  }
end

--- The test of a resolved recipe. `opts` is what train.range takes. Raises where the curve
--- suggests nothing, and says why.
---@param r table
---@param opts table?
---@return table result { points, suggestions, suggestion, ended; with seeds: spread, tests }
---@return table dataset what it trained on, open
function range.of(r, opts)
  local o = OPTIONS(opts or {}).opts
  local request = current.request()
  local ctx = {
    data_dir = request.data_dir, recipe_dir = request.recipe_dir, threads = request.threads,
  }
  local base, tests = plain(r), {}
  for k = 1, o.seeds do
    tests[k] = test(options.with(base, { seed = r.opts.seed + k - 1 }), o, k, ctx)
  end
  current.out():progress ""
  return combine(tests), ctx.dataset
end

--- Whether the recipe's rate is to be found: optim.adam{ lr = "auto" }.
function range.is_auto(r)
  return r.opts.optimizer.opts.lr == "auto"
end

--- The recipe with `lr` in the place of "auto".
function range.with_lr(r, lr)
  return options.with(r, { optimizer = options.with(r.opts.optimizer, { lr = lr }) })
end

--- A recipe with lr = "auto" with the optimizer's default in its place, for plans, and
--- whether it was so.
---@param r table a resolved recipe
---@return table recipe, boolean changed
function range.provisional(r)
  if not range.is_auto(r) then
    return r, false
  end
  local default = options.descriptor(r.opts.optimizer).by_name.lr.default
  return range.with_lr(r, default or TYPICAL), true
end

--- A recipe with lr = "auto" after its range test: with the rate, the test's result and the
--- data, which is open. Other recipes as they are.
---@param r table a resolved recipe
---@param quiet boolean? nothing is said of it
---@return table recipe, table? found, table? dataset
function range.settle(r, quiet)
  if not range.is_auto(r) then
    return r
  end
  local found, dataset = range.of(r)
  if not quiet then
    current.out():note("range test: lr = %.4g (valley %.3g, slide %.3g, minimum/10 %.3g, steep "
      .. "%.3g)", found.suggestion, found.suggestions.valley, found.suggestions.slide,
      found.suggestions.minimum, found.suggestions.steep)
  end
  if suggest.contradict(found.suggestions) then
    current.out():warn("the range test's suggestions contradict each other; lrrun range draws its "
      .. "curve")
  end
  return range.with_lr(r, found.suggestion), found, dataset
end

return range
