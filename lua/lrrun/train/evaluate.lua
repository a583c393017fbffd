--- Measures a trained network on a split: loss, accuracy, and figures of the kind of task.
-- Layer: train.

local collect = require "lrrun.train.collect"
local errors = require "lrrun.util.errors"
local measure = require "lrrun.train.measure"
local sys = require "lrrun.native.sys"

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

local function begin(run, plain)
  run.model:attach(run.loss)
  return { run = run, measured = measure.new(run.loss, run.dataset, plain), total = {}, n = 0,
    scaled = not plain and run.loss.scales }
end

-- Adds the samples of a split, until who looks on has seen enough.
local function add(sums, dataset, split, seen)
  local model = sums.run.model
  local loader = dataset:loader { split = split, shuffle = false, augment = {},
    scaled = sums.scaled, drop_last = false }
  collect.of_text(sums.total, sums.run.loss, dataset, split)
  for _ = 1, loader:count() do
    local batch = loader:next()
    model:reserve(batch.n)
    model.graph:forward(model:feed(batch))
    model.graph:add_sums(sums.total)
    sums.n = sums.n + batch.n
    local output = model.graph:tensor(model.output)
    sums.measured:add(output, batch.y, dataset.per_step and batch.len)
    if seen and seen(batch, output) then
      return
    end
  end
end

local function finish(sums)
  local result = sums.measured:figures(sums.total)
  result.n = sums.n
  result.steps = sums.run.dataset.per_step and math.tointeger(sums.total.targets) or nil
  return result
end

--- Measures the network of `run` (prepare.network, prepare.run; or of a loop of one's own, with
--- model, dataset and loss) on a split. Losses are those of training: a mean over the samples, or
--- over all their steps where each has a target, in the data's order.
---@param run table
---@param split string? "train", "val" or "test"
---@param plain boolean? the network did not learn targets scaled, whatever its loss
---@param seen (fun(batch: table, output: userdata): boolean?)? looks at each batch with what the
--- network gave for it; true: it has seen enough, and no more are measured
---@return table { split, n, steps, loss, accuracy, ... } and what Measure:figures adds
function evaluate.run(run, split, plain, seen)
  local dataset = run.dataset
  split = evaluate.split(dataset, split)
  local sums = begin(run, plain)
  add(sums, dataset, split, seen)
  local result = finish(sums)
  result.split = split
  return result
end

--- Measures it on a source of labelled samples (lrrun.data.samples). Gives the same, without a
--- split.
---@param run table
---@param source table
---@return table
function evaluate.source(run, source)
  local sums = begin(run)
  for chunk in source.next do
    if sys.interrupted() then
      error("interrupted", 0)
    end
    if chunk.dataset then
      add(sums, chunk.dataset, "train")
    end
  end
  if sums.n == 0 then
    errors.raise(nil, "%s: nothing can be measured: %s", source.name,
      table.concat(source.notes(), "; "))
  end
  return finish(sums)
end

return evaluate
