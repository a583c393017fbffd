--- Cross-validation: a recipe trained on each of k parts of its training data but one, which
--- validates, and what the folds' figures come to. Layer: runs.

local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local metrics = require "lrrun.metrics"
local options = require "lrrun.util.options"
local splits = require "lrrun.data.splits"

local folds = {
  --- The key of a recipe that says which fold validates; its text is that of `text`.
  KEY = "data.fold", text = splits.fold,
}

--- The recipe that trains without fold i of k, and validates on it. who: for messages.
---@param r table a resolved recipe
---@param i integer
---@param k integer
---@param who string
function folds.recipe(r, i, k, who)
  local data = r.opts.data
  local val = data.opts.val
  if data.opts.fold then
    errors.raise(data.where, "%s: data.fold = %s is one fold already; leave it away", who,
      errors.show(data.opts.fold))
  elseif type(val) == "string" then
    errors.raise(data.where, "%s: folds of the training data validate, and val = %s names others; "
      .. "leave it away", who, errors.show(val))
  end
  return options.with(r, {
    data = options.with(data, { fold = splits.fold(i, k) }, { "val" }),
    name = ("%s-fold-%d"):format(r.opts.name or current.request().name or "run", i),
  })
end

--- Raises where the recipe validates elsewhere, or its data have too few samples for k folds,
--- before any of them is trained.
---@param r table a resolved recipe
---@param k integer
---@param who string
function folds.check(r, k, who)
  local of = folds.recipe(r, 1, k, who).opts
  of.data:open { seed = of.seed, loss = of.loss }
  collectgarbage() -- the data are for the trials, which may be in other processes
end

-- Mean and standard deviation (n - 1) in two passes; nil for the latter of one number.
local function mean_of(list)
  local sum, squares = 0, 0
  for _, x in ipairs(list) do
    sum = sum + x
  end
  local mean = sum / #list
  for _, x in ipairs(list) do
    squares = squares + (x - mean) ^ 2
  end
  return mean, #list > 1 and (squares / (#list - 1)) ^ 0.5 or nil
end

--- Means and spreads (standard deviations with n - 1) of the metrics of each fold's best epoch.
--- A metric that one of them does not have is left out.
---@param results table[] of train.fit
---@return table<string, number> mean, table<string, number> spread
function folds.summary(results)
  local mean, spread = {}, {}
  for _, name in ipairs(metrics.names(metrics.shown)) do
    local list = {}
    for i, result in ipairs(results) do
      list[i] = result.best and result.best[name]
    end
    if #list == #results and #list > 0 then
      mean[name], spread[name] = mean_of(list)
    end
  end
  return mean, spread
end

-- Ends that leave weights which a mean may count.
local COUNTED = { done = true, early_stop = true, threshold = true, time = true, stopped = true }

--- Trains all folds with `fit(recipe) -> result, run` one after the other, and sums them up:
--- { k, reason, folds = results, mean, spread, counted }. An interrupt ends it; a fold that
--- diverged is no part of the means, and is said.
---@param r table a resolved recipe
---@param k integer
---@param who string
---@param fit fun(r: table): table
function folds.run(r, k, who, fit)
  local out = { k = k, reason = "done", folds = {} }
  local counted = {}
  for i = 1, k do
    local result = fit(folds.recipe(r, i, k, who))
    out.folds[i] = result
    if COUNTED[result.reason] then
      counted[#counted + 1] = result
    else
      out.reason = result.reason
    end
    if result.reason == "interrupted" then
      break
    end
  end
  out.counted = #counted
  out.mean, out.spread = folds.summary(counted)
  return out
end

--- What came out, in lines.
---@param out table of folds.run
---@return string[]
function folds.lines(out)
  local lines = { ("%d folds%s: mean and standard deviation of their best epochs"):format(out.k,
    out.counted < out.k and (", %d that ended (%s)"):format(out.counted, out.reason) or "") }
  for _, name in ipairs(metrics.names(metrics.shown)) do
    if out.mean[name] then
      lines[#lines + 1] = ("  %-14s  %.4f%s"):format(name, out.mean[name],
        out.spread[name] and (" +- %.4f"):format(out.spread[name]) or "")
    end
  end
  return lines
end

return folds
