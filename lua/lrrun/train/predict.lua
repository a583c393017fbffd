--- What a trained network says of samples: classes with probabilities, or numbers.
-- Layer: train.

local predict = {}

local TOP = 3

-- A node of probabilities behind the network's output: what the loss takes logits for.
local PROBABILITY = { ["nn.cross_entropy"] = "softmax", ["nn.bce"] = "sigmoid" }

local function with_probabilities(run)
  local model = run.model
  local op = PROBABILITY[run.loss.kind]
  if not op then
    return model.output
  elseif not model.probabilities then
    model.probabilities = model.builder:op(op, { model.output })
    model:also(model.probabilities)
  end
  return model.probabilities
end

local function name_of(dataset, class)
  return dataset.class_names and dataset.class_names[class] or tostring(class - 1)
end

-- The TOP most probable classes of a row of values; ties keep the lower class first.
local function top_of(dataset, values, at, width)
  local order = {}
  for class = 1, width do
    local p = values[at + class]
    local place = math.min(#order, TOP) + 1
    while place > 1 and values[at + order[place - 1]] < p do
      place = place - 1
    end
    if place <= TOP then
      table.insert(order, place, class)
      order[TOP + 1] = nil
    end
  end
  local out = {}
  for i, class in ipairs(order) do
    out[i] = { label = name_of(dataset, class), class = class - 1,
      probability = values[at + class] }
  end
  return out
end

-- The answer for the sample whose numbers stand behind `at`.
local function answer(run, values, at, width)
  if run.loss.kind == "nn.cross_entropy" then
    local top = top_of(run.dataset, values, at, width)
    return { label = top[1].label, class = top[1].class, probability = top[1].probability,
      top = top }
  end
  local row = table.move(values, at + 1, at + width, 1, {})
  return run.loss.kind == "nn.bce" and { probabilities = row } or { values = row }
end

--- Answers for all samples of an input file (dataset:input), in its order: for classes
--- { label, class, probability, top = { { label, class, probability }, ... } }, for numbers
--- { values }, for nn.bce { probabilities }.
---@param run table of prepare.network, with its weights
---@param path string
---@return table[]
function predict.run(run, path)
  local model = run.model
  local samples = run.dataset:input(path)
  local node = with_probabilities(run)
  local loader = samples:loader { shuffle = false }
  local out = {}
  for _ = 1, loader:count() do
    local batch = loader:next()
    local inputs = { [model.input] = batch.x }
    if model.target then
      inputs[model.target] = model:blank_target(batch.n)
    end
    model.graph:forward { inputs = inputs, len = batch.len, t = batch.t }
    local values = model.graph:tensor(node):values()
    local width = #values // batch.n
    for i = 1, batch.n do
      out[#out + 1] = answer(run, values, (i - 1) * width, width)
    end
  end
  return out
end

return predict
