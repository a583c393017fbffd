--- What the trained network of a run says of the samples that were kept back: figures of each
--- class, which was taken for which, residuals, and the samples that it met worst. Layer: report.

local evaluate = require "lrrun.train.evaluate"
local sample = require "lrrun.report.sample"
local sys = require "lrrun.native.sys"
local records = require "lrrun.report.values"

local inspect = {}

local WORST = 12 -- samples that are shown
local MOST_POINTS = 1500 -- of residuals that are drawn
local MOST_SCORES = 1 << 24 -- outputs that are looked at one by one

-- Loss of one sample of classes: -log of what softmax gives the right one; and the answer.
local function of_class(values, at, width, target)
  local best, sum = 1, 0
  for k = 1, width do
    best = values[at + k] > values[at + best] and k or best
  end
  local high = values[at + best]
  for k = 1, width do
    sum = sum + math.exp(values[at + k] - high)
  end
  local own = values[at + target + 1]
  return high + math.log(sum) - own, { target = target + 1, answer = best,
    probability = 1 / sum, target_probability = math.exp(own - high) / sum }
end

-- Of questions with yes and no: the sum of -log of what sigmoid gives each right answer.
local function of_questions(values, targets, at, width)
  local loss, item = 0, { targets = {}, answers = {} }
  for k = 1, width do
    local x, y = values[at + k], targets[at + k]
    loss = loss + math.max(x, 0) - x * y + math.log(1 + math.exp(-math.abs(x)))
    item.targets[k], item.answers[k] = y, 1 / (1 + math.exp(-x))
  end
  return loss, item
end

-- What scaling there and back made of 0 is 0 again.
local function tidy(x, deviation)
  return math.abs(x) < 1e-6 * deviation and 0 or x
end

-- Of numbers: how far they are off, in deviations of each where these are known.
local function of_numbers(values, targets, at, width, deviations)
  local loss, item = 0, { targets = {}, answers = {} }
  for k = 1, width do
    local x, y = values[at + k], targets[at + k]
    local deviation = deviations and deviations[k] or 0
    loss = loss + ((x - y) / (deviation > 0 and deviation or 1)) ^ 2
    item.targets[k], item.answers[k] = tidy(y, deviation), tidy(x, deviation)
  end
  return loss, item
end

-- The worst samples so far, the worst first; of equal ones the earlier.
local function keep(worst, item)
  local place = #worst + 1
  while place > 1 and worst[place - 1].loss < item.loss do
    place = place - 1
  end
  if place <= WORST then
    table.insert(worst, place, item)
    worst[WORST + 1] = nil
  end
end

local function numbers_of(dataset, tensor, scaled)
  return scaled and dataset:unscale(tensor) or tensor:values()
end

-- Who looks at batches: found.worst, found.points, found.n.
local function looker(run, found, deadline)
  local dataset, loss = run.dataset, run.loss
  local scaled = loss.scales and dataset.target_means ~= nil
  local batches, scores = 0, 0
  return function(batch, output)
    batches = batches + 1
    if sys.interrupted() then
      error("interrupted", 0)
    end
    local width = #output // batch.n
    scores = scores + #output
    if found.one_by_one and scores <= MOST_SCORES then
      local values = numbers_of(dataset, output, found.of == "numbers" and scaled)
      local targets = numbers_of(dataset, batch.y, found.of == "numbers" and scaled)
      for i = 1, batch.n do
        local at = (i - 1) * width
        local item, size
        if found.of == "classes" then
          size, item = of_class(values, at, width, targets[i])
        elseif found.of == "binary" then
          size, item = of_questions(values, targets, at, width)
        else
          size, item = of_numbers(values, targets, at, width, dataset.target_deviations)
          table.insert(found.points, item)
        end
        item.loss, item.batch, item.place = size, batches, i
        item.number = found.looked + i
        keep(found.worst, item)
      end
      found.looked = found.looked + batch.n
    end
    found.n = found.n + batch.n
    return sys.now() > deadline
  end
end

-- So many points of all, evenly, that a chart can hold.
local function thin(points)
  if #points <= MOST_POINTS then
    return points
  end
  local out = {}
  for i = 1, MOST_POINTS do
    out[i] = points[(i - 1) * #points // MOST_POINTS + 1]
  end
  return out
end

-- Whether the data are others than those that the run's record names.
local function is_changed(run)
  local data = records.list(records.list(run.settings).data)
  return data.fingerprint ~= nil and run.dataset.native ~= nil
    and run.dataset.fingerprint ~= data.fingerprint
end

-- What the worst samples are, from their batches, which are read again.
local function show_worst(run, found)
  local by_batch, last = {}, 0
  for _, item in ipairs(found.worst) do
    by_batch[item.batch] = by_batch[item.batch] or {}
    table.insert(by_batch[item.batch], item)
    last = math.max(last, item.batch)
  end
  local loader = run.dataset:loader { split = found.split, shuffle = false, augment = {},
    scaled = run.loss.scales, drop_last = false }
  for i = 1, last do
    local batch = loader:next()
    for _, item in ipairs(by_batch[i] or {}) do
      item.sample = sample.of(run.dataset, batch, item.place)
    end
  end
end

--- Looks at the samples that were kept back from training: validation, where there are any, else
--- test. Gives { split, n = samples that were measured, all = how many there are, of = "classes",
--- "binary" or "numbers", changed = whether the data are others than the run's record says,
--- result = of evaluate.run, worst = list of { loss, number = its place in
--- the split, target, answer, ..., sample }, points = residuals }; nil and why where there is
--- nothing to look at. Ends after about `seconds`, with what it has seen by then.
---@param run table of prepare.network, with its weights
---@param seconds number
---@return table?, string?
function inspect.run(run, seconds)
  local dataset = run.dataset
  local split = dataset.splits.val > 0 and "val" or dataset.splits.test > 0 and "test" or nil
  if not split then
    return nil, "no samples were kept back from the training"
  elseif dataset.next then
    return nil, "the targets are the next tokens, of which there is no table"
  elseif not run.loss.rows then
    return nil, "the loss does not say what its outputs are"
  end
  local found = { split = split, n = 0, looked = 0, all = dataset.splits[split], worst = {},
    points = {}, changed = is_changed(run),
    of = run.loss:rows(dataset), one_by_one = not dataset.per_step }
  found.result = evaluate.run(run, split, nil, looker(run, found, sys.now() + seconds))
  show_worst(run, found)
  found.points = thin(found.points)
  return found
end

return inspect
