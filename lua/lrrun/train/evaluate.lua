--- Measures a trained network on a split: loss, accuracy, and figures of the kind of task.
-- Layer: train.

local errors = require "lrrun.util.errors"

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

-- Right answers of each class: { n, right } by class + 1.
local function count_classes(counts, out, batch, width)
  local values, labels = out:values(), batch.y:values()
  for i = 1, batch.n do
    local best, at = -math.huge, 0
    for j = 1, width do
      local v = values[(i - 1) * width + j]
      if v > best then
        best, at = v, j
      end
    end
    local class = labels[i] + 1
    local c = counts[class]
    c.n = c.n + 1
    if at == class then
      c.right = c.right + 1
    end
  end
end

-- Sums of errors for regression.
local function count_errors(sums, out, batch, width)
  local values, wanted = out:values(), batch.y:values()
  for i = 1, batch.n * width do
    local off = values[i] - wanted[i]
    sums.absolute = sums.absolute + math.abs(off)
    sums.squared = sums.squared + off * off
    sums.n = sums.n + 1
    -- Welford: spread of the targets, for r2.
    local delta = wanted[i] - sums.mean
    sums.mean = sums.mean + delta / sums.n
    sums.spread = sums.spread + delta * (wanted[i] - sums.mean)
  end
end

local function class_rows(dataset, counts)
  local rows = {}
  for i, c in ipairs(counts) do
    rows[i] = { name = dataset.class_names and dataset.class_names[i] or tostring(i - 1), n = c.n,
      accuracy = c.n > 0 and c.right / c.n or nil }
  end
  return rows
end

local function new_counts(run)
  if run.loss.kind == "nn.cross_entropy" then
    local counts = {}
    for i = 1, run.dataset.classes do
      counts[i] = { n = 0, right = 0 }
    end
    return counts
  elseif not run.loss.classifies then
    return nil, { absolute = 0, squared = 0, n = 0, mean = 0, spread = 0 }
  end
end

local function forward(model, batch)
  return model.graph:forward {
    inputs = { [model.input] = batch.x, [model.target] = batch.y }, len = batch.len, t = batch.t,
  }
end

local function finish(result, run, counts, sums)
  if counts then
    result.classes = class_rows(run.dataset, counts)
  elseif sums and sums.n > 0 then
    result.mae = sums.absolute / sums.n
    result.rmse = (sums.squared / sums.n) ^ 0.5
    result.r2 = sums.spread > 0 and 1 - sums.squared / sums.spread or nil
  end
  return result
end

--- Measures the network of `run` (prepare.network, prepare.run) on a split. Losses are
--- those of training: a mean over the samples, in the data's order.
---@param run table
---@param split string? "train", "val" or "test"
---@return table { split, n, loss, accuracy, classes | mae, rmse, r2 }
function evaluate.run(run, split)
  local model, dataset = run.model, run.dataset
  split = evaluate.split(dataset, split)
  model:attach(run.loss)
  local loader = dataset:loader { split = split, shuffle = false, augment = {} }
  local width = model:shape()[1]
  local counts, sums = new_counts(run)
  local total, n = { loss = 0, targets = 0 }, 0
  for _ = 1, loader:count() do
    local batch = loader:next()
    forward(model, batch)
    model.graph:add_sums(total)
    n = n + batch.n
    if counts then
      count_classes(counts, model.graph:tensor(model.output), batch, width)
    elseif sums then
      count_errors(sums, model.graph:tensor(model.output), batch, dataset.targets or 1)
    end
  end
  return finish({ split = split, n = n, loss = total.loss / total.targets,
    accuracy = total.correct and total.correct / total.targets }, run, counts, sums)
end

return evaluate
