--- What is to be known of a recipe before rates are tried: how long it is, which rates a range
--- test brackets, what rate it has. Layer: advise.

local bracket = require "lrrun.advise.bracket"
local budgets = require "lrrun.advise.budget"
local current = require "lrrun.util.current"
local prepare = require "lrrun.train.prepare"
local rate = require "lrrun.advise.rate"
local subject = require "lrrun.advise.subject"
local sys = require "lrrun.native.sys"

local facts = {}

-- A run of the recipe that is not trained: its clock, and whether there is a validation split.
local function look(r, dataset)
  local request = current.request()
  local x = rate.of(r) or rate.default(r) or rate.TYPICAL
  local run <close> = prepare.run(subject.recipe(r, { lr = x, share = 1, seed = 0 }), {
    data_dir = request.data_dir, recipe_dir = request.recipe_dir, threads = request.threads,
    dataset = dataset,
  })
  return run.clock, run.val_split ~= nil, run.dataset
end

--- What policy.start takes, and more: length (updates of the run), bracket_updates, runs (the
--- whole budget), has_val; the data, open, and the clock of a run. A choice with a prior has no
--- range test: where to look is known.
---@param r table a resolved recipe
---@param given table of budget.parse
---@param o { who: string, dataset: table?, prior: number?, runs: number? } runs: the budget, where
--- it is known in them
---@return table facts, table dataset, table clock
function facts.of(r, given, o)
  rate.check(r, o.who)
  local began = sys.now()
  local clock, has_val, open = look(r, o.dataset)
  local opening = sys.now() - began
  rate.check_functions(r, clock, o.who)
  local runs, before = o.runs, 0
  if not runs then
    runs, before = budgets.runs(given, r, clock, open, opening)
  end
  local found = o.prior and { updates = 0 } or bracket.of(r, runs * clock.total_steps)
  found.updates = found.updates + before
  local cost = found.updates / clock.total_steps
  return {
    budget = math.max(runs / 2, runs - cost), low = found.low, high = found.high,
    default = rate.of(r) or rate.default(r), seeds_base = r.opts.seed, length = clock.total_steps,
    kind = r.opts.optimizer:maker().kind, runs = runs, bracket_updates = found.updates,
    has_val = has_val, prior = o.prior,
  }, open, clock
end

return facts
