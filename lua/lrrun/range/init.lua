--- The learning-rate range test: the loss while the rate rises step by step, and the rates
--- that its curve suggests.
--
-- The test has a network, an optimizer and a data order of its own, made from the recipe's
-- seed, so nothing of it reaches the run. Source: Smith, arXiv 1506.01186; smoothing and
-- end as in fastai and Lightning. Layer: range.

local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local figure = require "lrrun.util.figure"
local options = require "lrrun.util.options"
local prepare = require "lrrun.train.prepare"
local rate_words = require "lrrun.util.rate_words"
local suggest = require "lrrun.range.suggest"
local sweep = require "lrrun.range.sweep"

local range = { sweep = sweep.run }

local TYPICAL = 1e-3 -- rate to plan with where the optimizer has no default

local OPTIONS = options.constructor {
  name = "train.range",
  usage = "train.range(RECIPE, { ... })",
  doc = "Trains with a rising learning rate and suggests rates; the recipe's run is untouched.",
  source = "Smith, Cyclical Learning Rates, WACV 2017, section 3.3",
  keys = {
    { "from", "number", above = 0, below = math.huge, default = 1e-7, doc = "first rate" },
    { "to", "number", above = 0, below = math.huge, default = 10, doc = "last rate" },
    { "n", "integer", min = 20, max = 100000, default = 100,
      doc = "rates; there are about 50 updates for each decade of them, so that few have several" },
    { "shape", "string", choices = { "exponential", "linear" }, default = "exponential",
      doc = "how the rate rises" },
    { "seeds", "integer", min = 1, max = 1000, default = 1,
      doc = "tests with as many weights and data orders; the median counts" },
  },
  check = function(o, fail)
    if o.from >= o.to then
      fail("from", "is %g, want less than 'to' (%g)", o.from, o.to)
    elseif o.to / o.from == math.huge then
      fail("to", "is %g, and 'from' %g: too far apart", o.to, o.from)
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

-- One test: { seed, points, ended, suggestions, suggestion, bracket, moves, doubt = why it has no
-- suggestion }.
local function test(r, o, k, ctx)
  local run <close> = prepare.run(r, ctx)
  ctx.dataset = run.dataset -- the next test trains on the same samples
  local points, ended = sweep.run(run, o, watcher(o, k))
  local found, why = suggest.all(points, o.n)
  found.seed, found.points, found.ended = r.opts.seed, points, ended
  if found.suggestions then
    found.suggestion, why = suggest.consensus(found.suggestions)
  end
  found.doubt = why
  return found
end

-- As many tests as there are seeds. Gives the data, too, which are open.
local function tests_of(r, o)
  local request = current.request()
  local ctx = {
    data_dir = request.data_dir, recipe_dir = request.recipe_dir, threads = request.threads,
  }
  local base, tests = plain(r), {}
  for k = 1, o.seeds do
    tests[k] = test(options.with(base, { seed = r.opts.seed + k - 1 }), o, k, ctx)
  end
  current.out():progress ""
  return tests, ctx.dataset
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
local function combine(tests)
  local out = { points = tests[1].points, ended = tests[1].ended, suggestions = {},
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

--- The test of a resolved recipe. `opts` is what train.range takes. Where its methods do not agree
--- there is no suggestion, and `doubt` says why. Raises where no curve suggests anything.
---@param r table
---@param opts table?
---@return table result { points, suggestions, suggestion, bracket, ended, doubt; with seeds:
--- spread, tests }
---@return table dataset what it trained on, open
function range.of(r, opts)
  local o = OPTIONS(opts or {}).opts
  local tests, dataset = tests_of(r, o)
  for _, each in ipairs(tests) do
    if each.suggestions then
      return combine(tests), dataset
    end
  end
  errors.raise(r.where, "range: %s", tests[1].doubt)
end

--- Between which rates the best one lies, of several short tests: medians of the lowest rate that
--- moves the loss and the highest that does not blow up. Raises nothing where no test says a rate:
--- `moves` is false where none moves the loss, and `low` is then where the sweeps begin; `high` is
--- where they end, where nothing blows up (`turns` is false).
---@param r table a resolved recipe
---@param opts { seeds: integer?, n: integer?, from: number?, to: number? }? seeds: 3 without it
---@return { low: number, high: number, moves: boolean, turns: boolean, suggestion: number?,
--- tests: table[] }
---@return table dataset what it trained on, open
function range.bracket(r, opts)
  local given = { seeds = 3 }
  for key, item in pairs(opts or {}) do
    given[key] = item
  end
  local o = OPTIONS(given).opts
  local tests, dataset = tests_of(r, o)
  local out = combine(tests)
  local found = out.bracket or {}
  local function count(key)
    local n = 0
    for _, each in ipairs(tests) do
      n = n + (each[key] and 1 or 0)
    end
    return 2 * n >= #tests
  end
  return { low = found.low or o.from, high = found.high or o.to, moves = count "moves",
    turns = count "turns", suggestion = out.suggestion, tests = tests }, dataset
end

--- The lowest loss of a test, as an average over updates; nil where it is no number.
---@param found table of range.of
---@return number?
function range.lowest(found)
  local low = math.huge
  for _, point in ipairs(found.points) do
    low = math.min(low, point.smoothed)
  end
  return low < math.huge and low or nil
end

--- Whether the recipe's rate is to be found: optim.adam{ lr = "auto" } or "range".
function range.is_auto(r)
  return rate_words.of(r.opts.optimizer.opts.lr) ~= nil
end

--- The recipe with `lr` in the place of that word.
function range.with_lr(r, lr)
  return options.with(r, { optimizer = options.with(r.opts.optimizer, { lr = lr }) })
end

--- A recipe whose rate is to be found with the optimizer's default in its place, for plans, and
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

--- What to do about a test that has no suggestion: "; the best rate lies between ...".
---@param result table of range.of
---@return string
function range.way_out(result)
  local b = result.bracket
  return ("%slrrun advise finds it from runs of this recipe"):format(b
    and ("the best rate lies between %.3g and %.3g: "):format(b.low, b.high) or "")
end

--- A recipe whose rate is to be found after its range test: with the rate, the test's result and
--- the data, which is open. Other recipes as they are. Raises where the test has no suggestion: no
--- run begins with a rate that its own test doubts.
---@param r table a resolved recipe
---@param quiet boolean? nothing is said of it
---@return table recipe, table? found, table? dataset
function range.settle(r, quiet)
  if not range.is_auto(r) then
    return r
  end
  local found, dataset = range.of(r)
  if not found.suggestion then
    local optimizer = r.opts.optimizer
    errors.raise(optimizer.where, "%s: lr = '%s': the range test is in doubt: %s; %s, or set "
      .. "optimizer.lr", optimizer.kind, optimizer.opts.lr, found.doubt, range.way_out(found))
  end
  if not quiet then
    current.out():note("range test: lr = %.4g (%s)", found.suggestion,
      suggest.listed(found.suggestions))
  end
  return range.with_lr(r, found.suggestion), found, dataset
end

return range
