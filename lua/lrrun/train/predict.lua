--- What a trained network says of samples: classes with probabilities, or numbers.
-- Layer: train.

local dataset = require "lrrun.data.dataset"
local sys = require "lrrun.native.sys"

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

-- The last row of the next n samples of a chunk behind row `at`, and of those that have no sample.
local function rows_until(chunk, at, n)
  local none = chunk.none
  if not none then
    return at + n
  end
  while n > 0 or none[at + 1] do
    at = at + 1
    n = n - (none[at] and 0 or 1)
  end
  return at
end

--- Applies the network to a source of samples, batch by batch: f(chunk, from, to, output, n) for
--- its rows from `from` to `to`, of which n have an answer in output, a tensor (n, ...) that is
--- overwritten afterwards. Of chunk.rows all do, also those of which chunk.why says that theirs
--- means nothing.
---@param run table of prepare.network, with its weights
---@param source table of lrrun.data.samples
---@param f fun(chunk: table, from: integer, to: integer, output: userdata?, n: integer, batch)
function predict.each(run, source, f)
  local model, node = run.model, answer_node(run)
  for chunk in source.next do
    if sys.interrupted() then
      error("interrupted", 0)
    end
    local loader = chunk.dataset and chunk.dataset:loader { shuffle = false }
    local at = chunk.none and rows_until(chunk, 0, 0) or 0
    if at > 0 then
      f(chunk, 1, at, nil, 0)
    end
    for _ = 1, loader and loader:count() or 0 do
      local batch = loader:next()
      model.graph:forward(model:feed { x = batch.x, len = batch.len, t = batch.t })
      local to = rows_until(chunk, at, batch.n)
      f(chunk, at + 1, to, model.graph:tensor(node), batch.n, batch)
      at = to
    end
  end
end

-- The answers of the first `len` of t steps, those behind `from` of a list.
local function steps_of(answers, from, len)
  local steps = table.move(answers, from + 1, from + len, 1, {})
  for _, answer in ipairs(steps) do
    answer.top = nil -- a sample has many steps
  end
  return { steps = steps }
end

-- What the network says of a batch, sample by sample.
local function batch_answers(run, batch, output)
  local data = run.dataset
  if not data.per_step then
    return run.loss:answers(data, output, batch.n)
  end
  local t, out = batch.t or data.shape[1], {}
  local answers = run.loss:answers(data, output, batch.n * t)
  local len = batch.len and batch.len:values()
  for i = 1, batch.n do
    out[i] = steps_of(answers, (i - 1) * t, len and len[i] or t)
  end
  return out
end

--- The same as tables, f(answer, chunk, i) for each row: for classes { label, class, probability,
--- top = { { label, class, probability }, ... } }, for numbers { values }, for nn.bce
--- { probabilities }; with a target at each step { steps = { one of such for each step, without
--- top } }; { skipped = why } of a row that cannot be used.
---@param run table
---@param source table
---@param f fun(answer: table, chunk: table, i: integer)
function predict.rows(run, source, f)
  predict.each(run, source, function(chunk, from, to, output, n, batch)
    local answers, used = n > 0 and batch_answers(run, batch, output) or {}, 0
    for i = from, to do
      local why = chunk.why(i)
      if not why or not chunk.none then
        used = used + 1
      end
      f(why and { skipped = why } or answers[used], chunk, i)
    end
  end)
end

--- Answers for all samples of an input file, in its order.
---@param run table of prepare.network, with its weights
---@param path string
---@return table[], string[] the answers, and what there is to say of the file
function predict.run(run, path)
  local source <close> = dataset.samples(run.dataset, path, {})
  local out = {}
  predict.rows(run, source, function(answer)
    out[#out + 1] = answer
  end)
  return out, source.notes()
end

return predict
