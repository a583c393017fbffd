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

-- Where the steps of each sample of a batch are in an output: behind which row, and how many.
local function places_of(run, batch)
  local t, out = batch.t or run.dataset.shape[1], {}
  local len = batch.len and batch.len:values()
  for i = 1, batch.n do
    out[i] = { (i - 1) * t, len and len[i] or t }
  end
  return out, t
end

-- What the network says of a batch, sample by sample.
local function batch_answers(run, batch, output)
  local data = run.dataset
  if not data.per_step then
    return run.loss:answers(data, output, batch.n)
  end
  local out, t = places_of(run, batch)
  local answers = run.loss:answers(data, output, batch.n * t)
  for i, place in ipairs(out) do
    out[i] = steps_of(answers, place[1], place[2])
  end
  return out
end

-- Puts the texts of a sample's steps beside their answers; those that it has none of say so.
local function name_steps(answer, tokens)
  for k, token in ipairs(tokens) do
    answer.steps[k] = answer.steps[k] or { skipped = "behind the longest of the training" }
    answer.steps[k].token = token
  end
end

-- f(i, used) for the rows of a chunk that predict.each gave: used is the sample's place in the
-- batch, nil where the row has none.
local function each_row(chunk, from, to, f)
  local used = 0
  for i = from, to do
    local has = not chunk.why(i) or not chunk.none
    used = used + (has and 1 or 0)
    f(i, has and used or nil)
  end
end

--- Answers with a target at each step, as they lie in the output: f(chunk, i, output, at, n) for
--- each row, whose n steps are behind row `at` (0) of output; n is 0 where it has no answer.
---@param run table
---@param source table
---@param f fun(chunk: table, i: integer, output: userdata?, at: integer, n: integer)
function predict.steps(run, source, f)
  predict.each(run, source, function(chunk, from, to, output, _, batch)
    local places = batch and places_of(run, batch)
    each_row(chunk, from, to, function(i, used)
      if used then
        f(chunk, i, output, places[used][1], places[used][2])
      else
        f(chunk, i, nil, 0, 0)
      end
    end)
  end)
end

--- The same as tables, f(answer, chunk, i) for each row: for classes { label, class, probability,
--- top = { { label, class, probability }, ... } }, for numbers { values }, for nn.bce
--- { probabilities }; with a target at each step { steps = { one of such for each step, without
--- top, of texts with its token } }; { skipped = why } of a row that cannot be used.
---@param run table
---@param source table
---@param f fun(answer: table, chunk: table, i: integer)
function predict.rows(run, source, f)
  predict.each(run, source, function(chunk, from, to, output, n, batch)
    local answers = n > 0 and batch_answers(run, batch, output) or {}
    each_row(chunk, from, to, function(i, used)
      local why = chunk.why(i)
      local answer = why and { skipped = why } or answers[used]
      if answer.steps and chunk.tokens then
        name_steps(answer, chunk.tokens[i])
      end
      f(answer, chunk, i)
    end)
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
