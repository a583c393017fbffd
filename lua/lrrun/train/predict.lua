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

-- The answers of the first `len` of t steps, those behind `from` of a list.
local function steps_of(answers, from, len)
  local steps = table.move(answers, from + 1, from + len, 1, {})
  for _, answer in ipairs(steps) do
    answer.top = nil -- a sample has many steps
  end
  return { steps = steps }
end

-- What the network says of a batch, sample by sample, appended to `out`.
local function add_answers(out, run, batch, output)
  local dataset = run.dataset
  if not dataset.per_step then
    table.move(run.loss:answers(dataset, output, batch.n), 1, batch.n, #out + 1, out)
    return
  end
  local t = batch.t or dataset.shape[1]
  local answers = run.loss:answers(dataset, output, batch.n * t)
  local len = batch.len and batch.len:values()
  for i = 1, batch.n do
    out[#out + 1] = steps_of(answers, (i - 1) * t, len and len[i] or t)
  end
end

--- Answers for all samples of an input file (dataset:input), in its order: for classes
--- { label, class, probability, top = { { label, class, probability }, ... } }, for numbers
--- { values }, for nn.bce { probabilities }; with a target at each step { steps = { one of
--- such for each step, without top } }.
---@param run table of prepare.network, with its weights
---@param path string
---@return table[], string[] the answers, and what there is to say of the file
function predict.run(run, path)
  local model = run.model
  local samples = run.dataset:input(path)
  local node = answer_node(run)
  local loader = samples:loader { shuffle = false }
  local out = {}
  for _ = 1, loader:count() do
    local batch = loader:next()
    model.graph:forward(model:feed { x = batch.x, len = batch.len, t = batch.t })
    add_answers(out, run, batch, model.graph:tensor(node))
  end
  return out, samples.notes
end

return predict
