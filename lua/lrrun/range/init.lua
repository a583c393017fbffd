--- The learning-rate range test: the loss while the rate rises step by step, and the rates
--- that its curve suggests.
--
-- The test has a network, an optimizer and a data order of its own, made from the recipe's
-- seed, so nothing of it reaches the run. Source: Smith, arXiv 1506.01186; smoothing and
-- end as in fastai and Lightning. A run that says its rate loads no more of it than this file.
-- Layer: range.

local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local options = require "lrrun.util.options"
local rate_words = require "lrrun.util.rate_words"

local range = {}

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

-- What makes tests.
local function tests()
  return require "lrrun.range.test"
end

--- Sweeps a run, in the place of its own schedule of the rate, and puts its session back as
--- it was.
---@param run table of prepare.run
---@param o { from: number, to: number, n: integer, shape: string }
---@param each (fun(i: integer, point: table))?
---@return table[] points, string reason "done", "grew" or "not finite"
function range.sweep(run, o, each)
  return require "lrrun.range.sweep".run(run, o, each)
end

--- The test of a resolved recipe. `opts` is what train.range takes. Where its methods do not agree
--- there is no suggestion, and `doubt` says why. Raises where no curve suggests anything.
---@param r table
---@param opts table?
---@return table result { points, suggestions, suggestion, bracket, ended, doubt, factor = what the
--- rates are times for a schedule that keeps them high; with seeds: spread, tests }
---@return table dataset what it trained on, open
function range.of(r, opts)
  return tests().of(r, OPTIONS(opts or {}).opts)
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
  return tests().bracket(r, OPTIONS(given).opts)
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
    current.out():note("range test: lr = %.4g (%s%s)", found.suggestion,
      require "lrrun.range.suggest".listed(found.suggestions), found.factor
      and ("; times %.2g, as the schedule keeps it high"):format(found.factor) or "")
  end
  return range.with_lr(r, found.suggestion), found, dataset
end

return range
