--- Whether a written ONNX file gives what the program gives: on a few samples of random numbers the
--- file is evaluated (onnx/evaluate.lua) and the network run, and outputs compared. Layer: onnx.

local evaluate = require "lrrun.onnx.evaluate"
local tensor = require "lrrun.native.tensor"
local values = require "lrrun.onnx.values"

local check = {}

--- The largest difference that is taken, of outputs up to 1; of larger ones as their share.
check.TOLERANCE = 1e-4

local SAMPLES_LEAST, SAMPLES_MOST, STEPS_MOST = 2, 4, 12
local PRODUCTS = 3e7 -- a second or two of plain Lua

-- Numbers from 0 up to 1, the same ones each time (Knuth's MMIX, its upper bits).
local function random(seed)
  local state = seed
  return function()
    state = state * 6364136223846793005 + 1442695040888963407
    return (state >> 11) / 2 ^ 53
  end
end

-- Multiplications that one sample takes, about.
local function cost_of(b)
  local total = 0
  for id, edge in pairs(b.edges) do
    local out = b:shape(id)
    local places = #out == 3 and out[2] * out[3] or #out == 2 and out[1] or 1
    if edge.op == "attention" then
      total = total + 2 * out[1] * out[1] * out[2]
    end
    local steps = b:shape(edge.ids[1])
    if edge.op == "rnn" or edge.op == "lstm" or edge.op == "gru" then
      places = steps[1]
    end
    for _, from in ipairs(edge.op ~= "embedding" and edge.ids or {}) do
      total = total + (b.names[from] and values.count((b:shape(from))) * places or 0)
    end
  end
  return total
end

local function filled(n, f)
  local out = {}
  for i = 1, n do
    out[i] = f(i)
  end
  return out
end

local MISSING = 7 -- of so many values one is missing, where such are filled in

-- Raw values of the data for inputs z, and these as the program scales them.
local function unscaled(z, of, width)
  local raw, scaled, group = {}, {}, #of.mean
  for i, v in ipairs(z) do
    local c = (i - 1) % width
    c = (group == width and c or c // (width // group)) + 1
    local offset = of.offset and of.offset[c] or 0
    raw[i] = of.mean[c] + v / of.factor[c] + offset
    scaled[i] = (raw[i] - offset - of.mean[c]) * of.factor[c]
    if of.fill and i % MISSING == 0 then
      raw[i], scaled[i] = 0 / 0, of.fill[(i - 1) % width + 1]
    end
  end
  return raw, scaled
end

-- A batch: what the file is fed, and the network.
local function batch_of(run, known, n)
  local next_number, shape = random(run.recipe.opts.seed or 0), { table.unpack(known.shape) }
  if known.time then
    shape[1] = math.min(shape[1], STEPS_MOST)
  end
  local sizes = { n, table.unpack(shape) }
  local count, inputs, batch = values.count(sizes), {}, {}
  if known.dtype == "i32" then
    local vocab = run.dataset.vocab
    local ids = filled(count, function()
      return math.floor(next_number() * vocab)
    end)
    inputs.x, batch.x = values.new(sizes, ids, "I64"), tensor.new(sizes, ids, "i32")
  else
    local z = filled(count, function()
      return 4 * next_number() - 2
    end)
    local raw, scaled = z, z
    if known.of then
      raw, scaled = unscaled(z, known.of, values.count(known.seq and { shape[2] } or shape))
    end
    batch.x = tensor.new(sizes, scaled)
    inputs.x = values.new(sizes, known.of and raw or batch.x:values())
  end
  if known.seq then
    local lengths = filled(n, function(i)
      return math.max(1, shape[1] - (i - 1) * (shape[1] // n))
    end)
    inputs.lengths = values.new({ n }, lengths, "I64")
    batch.len, batch.t = tensor.new({ n }, lengths, "i32"), shape[1]
    batch.lengths = lengths
  end
  return inputs, batch
end

-- What the program says of a batch.
local function own_output(run, known, batch)
  local network = run.model
  local out = network:forward(batch.x, { len = batch.len, t = batch.t })
  if known.probabilities then
    local id = network.probabilities
    if not id then
      id = network.builder:op(run.loss.probabilities, { network.output })
      network.probabilities = id
      network:also(id)
    end
    network:forward(batch.x, { len = batch.len, t = batch.t })
    out = network.graph:tensor(id)
  end
  return known.unscaled and run.dataset:unscale(out) or out:values(), out:shape()
end

-- The largest difference of what counts, relative to outputs above 1, and how much was compared.
local function compare(a, b, shape, lengths)
  local width, most, count = 1, 0, 0
  for i = lengths and 3 or 2, #shape do
    width = width * shape[i]
  end
  local t = lengths and shape[2] or 1
  for s = 1, shape[1] do
    for i = (s - 1) * t * width + 1, ((s - 1) * t + (lengths and lengths[s] or 1)) * width do
      local difference = math.abs(a[i] - b[i]) / math.max(1, math.abs(b[i]))
      if difference ~= difference then
        return difference, count
      end
      most, count = math.max(most, difference), count + 1
    end
  end
  return most, count
end

--- Evaluates the file of a model (onnx/model.lua) and compares; raises where the outputs differ.
---@param run table with the network and its weights
---@param known table of the model
---@param input userdata what was written
---@param name string of the file
---@return { difference: number, samples: integer, outputs: integer }
function check.file(run, known, input, name)
  local cost = cost_of(run.model.builder)
  local n = math.max(SAMPLES_LEAST, math.min(SAMPLES_MOST, math.floor(PRODUCTS / (cost + 1))))
  local f = evaluate.open(input, name)
  local inputs, batch = batch_of(run, known, n)
  local found = f(inputs)[known.output]
  local own, shape = own_output(run, known, batch)
  local _, seq = run.model:shape()
  if values.count(found.shape) ~= #own then
    error(("%s gives (%s), the network (%s)"):format(name, table.concat(found.shape, ", "),
      table.concat(shape, ", ")), 0)
  end
  local difference, count = compare(values.data(found), own, shape, seq and batch.lengths or nil)
  if difference ~= difference then
    error(("export: the network's outputs are no numbers on random samples: its weights are not "
      .. "finite, or too large; nothing was written (%s)"):format(name), 0)
  elseif difference > check.TOLERANCE then
    error(("export: %s does not give what the program gives: the outputs of %d samples differ by "
      .. "up to %.3g, want at most %g; nothing was written"):format(name, n, difference,
      check.TOLERANCE), 0)
  end
  return { difference = difference, samples = n, outputs = count }
end

--- Multiplications of one sample, for who says how long it takes.
check.cost = cost_of

return check
