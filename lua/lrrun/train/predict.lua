--- What a trained network says of samples: classes with probabilities, or numbers.
-- Layer: train.

local predict = {}

-- The output, or a node of probabilities behind it where the loss takes logits.
local function answer_node(run)
  local model, op = run.model, run.loss.probabilities
  if not op then
    return model.output
  elseif not model.probabilities then
    model.probabilities = model.builder:op(op, { model.output })
    model:also(model.probabilities)
  end
  return model.probabilities
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
  local node = answer_node(run)
  local loader = samples:loader { shuffle = false }
  local out = {}
  for _ = 1, loader:count() do
    local batch = loader:next()
    local inputs = { [model.input] = batch.x }
    if model.target then
      inputs[model.target] = model:blank_target(batch.n)
    end
    model.graph:forward { inputs = inputs, len = batch.len, t = batch.t }
    local answers = run.loss:answers(run.dataset, model.graph:tensor(node), batch.n)
    table.move(answers, 1, batch.n, #out + 1, out)
  end
  return out
end

return predict
