--- Measures a trained network on a split: loss, accuracy, and figures of the kind of task.
-- Layer: train.

local errors = require "lrrun.util.errors"
local measure = require "lrrun.train.measure"

local evaluate = {}

local SPLITS = { "train", "val", "test" }

--- The split to measure: `name`, or test where there is one, else val, else train.
function evaluate.split(dataset, name)
  if not name then
    local sizes = dataset.splits
    return sizes.test > 0 and "test" or sizes.val > 0 and "val" or "train"
  end
  local there = {}
  for _, split in ipairs(SPLITS) do
    if dataset.splits[split] > 0 then
      there[#there + 1] = split
    end
  end
  if not dataset.splits[name] then
    errors.raise(nil, "eval: unknown split %s%s; want train, val or test", errors.show(name),
      errors.hint(name, SPLITS))
  elseif dataset.splits[name] == 0 then
    errors.raise(nil, "eval: %s has no %s split; there is %s", dataset.kind, name,
      table.concat(there, ", "))
  end
  return name
end

--- Measures the network of `run` (prepare.network, prepare.run; or of a loop of one's own, with
--- model, dataset and loss) on a split. Losses are those of training: a mean over the samples, or
--- over all their steps where each has a target, in the data's order.
---@param run table
---@param split string? "train", "val" or "test"
---@param plain boolean? the network did not learn targets scaled, whatever its loss
---@return table { split, n, steps, loss, accuracy, ... } and what Measure:figures adds
function evaluate.run(run, split, plain)
  local model, dataset = run.model, run.dataset
  split = evaluate.split(dataset, split)
  model:attach(run.loss)
  local loader = dataset:loader { split = split, shuffle = false, augment = {},
    scaled = not plain and run.loss.scales, drop_last = false }
  local measured = measure.new(run.loss, dataset, plain)
  local total, n = {}, 0
  for _ = 1, loader:count() do
    local batch = loader:next()
    model:reserve(batch.n)
    model.graph:forward(model:feed(batch))
    model.graph:add_sums(total)
    n = n + batch.n
    measured:add(model.graph:tensor(model.output), batch.y, dataset.per_step and batch.len)
  end
  local result = measured:figures(total)
  result.split, result.n = split, n
  result.steps = dataset.per_step and math.tointeger(total.targets) or nil
  return result
end

return evaluate
