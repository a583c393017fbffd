--- From a recipe's value to what a study is opened with. Layer: study.

local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local folds = require "lrrun.runs.folds"
local resolve = require "lrrun.recipe.resolve"
local metrics = require "lrrun.metrics"
local objectives = require "lrrun.recipe.objective"
local options = require "lrrun.util.options"
local spaces = require "lrrun.search.space"

local opening = {}

local CALLS = { strategy = "pbt{population = 6}", pruner = "asha{grace = 2}" }

--- A strategy or pruner of the command line: a name, or an expression such as
--- "asha{grace = 2}".
---@param text string?
---@param flag string that it was given to
function opening.value(text, flag)
  if text and text:find "^%s*[%a_]+%s*[%({]" then
    local ok, value = pcall(resolve.evaluate, "search." .. text)
    if not ok then
      errors.raise(("--%s %s"):format(flag, text),
        "%s; it takes a name or a call, such as %s", errors.message(value), CALLS[flag])
    end
    return value
  end
  return text
end

local function length_of(r)
  if r.opts.steps then
    return { amount = r.opts.steps, unit = "steps" }
  end
  return { amount = r.opts.epochs, unit = "epochs" }
end

--- The seed that all trials draw their validation split (and samples that are made) from:
--- they are compared on the same ones. Nil where the recipe says it, or searches its data.
local function data_seed_of(value, seed)
  local data = value.opts.data
  return options.is_value(data, "data.") and not data.opts.seed and seed or nil
end

--- The recipe with that seed.
---@param value table
---@param seed integer?
function opening.with_data_seed(value, seed)
  local data = value.opts.data
  if not seed or not options.is_value(data, "data.") then
    return value
  end
  return options.with(value, { data = options.with(data, { seed = seed }) })
end

--- What study.open takes, searched = the recipe and middle = that with the middle of each
--- dimension; of a recipe's value and the options of a search (who, strategy, pruner, trials, lag,
--- k_fold, repeats); folder and identity are the caller's. Raises where there is no dimension.
---@param value table
---@param opts table
function opening.of(value, opts)
  local changed = resolve.changed(value)
  local space = spaces.collect(changed)
  if not space.native then
    errors.raise(value.where, "%s: the recipe has no search dimension: nothing to search; put "
      .. "search.loguniform(1e-4, 1e-1) and the like in the place of a value", opts.who)
  end
  local r = spaces.resolve(changed, {})
  if opts.k_fold then
    folds.check(r, opts.k_fold, opts.who)
  end
  local objective = r.opts.objective and r.opts.objective.opts or { monitor = "val_loss" }
  local figures = objectives.list(objective)
  local seed = opts.seed or r.opts.seed
  return {
    who = opts.who, data_seed = data_seed_of(changed, seed), middle = r, searched = changed,
    name = r.opts.name or current.request().name or "run", space = space,
    strategy = opts.strategy, pruner = opts.pruner, trials = opts.trials, lag = opts.lag,
    k_fold = opts.k_fold, repeats = opts.repeats,
    seed = seed, length = length_of(r), monitor = objective.monitor,
    objectives = figures[2] and figures or nil,
    mode = objective.mode or metrics.mode(objective.monitor),
    portable = r.opts.repro == "portable",
  }
end

return opening
