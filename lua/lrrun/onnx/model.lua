--- A trained network as an ONNX model (onnx/proto.lua), operator by operator.
--
-- Opset 17 and ir_version 8 (ONNX 1.12 of 2022): the first that has LayerNormalization; runtimes
-- of every maker read it, and those of today run it as they run the newest. What only later opsets
-- have as one node (Gelu, RMSNormalization, RotaryEmbedding, Attention) is written as several.
-- Layer: onnx.

local json = require "lrrun.record.json"
local net = require "lrrun.onnx.net"
local proto = require "lrrun.onnx.proto"
local scaling = require "lrrun.onnx.scaling"
local sequences = require "lrrun.onnx.sequences"
local single = require "lrrun.onnx.single"
local sorted = require "lrrun.util.sorted"
local weights = require "lrrun.record.weights"

local model = { OPSET = 17, IR = 8 }

-- What makes an ONNX node of an operator; for specs, which take one away.
model.operators = {}
for _, list in ipairs { single, sequences } do
  for name, f in pairs(list) do
    model.operators[name] = f
  end
end
for _, name in ipairs { "transpose", "by_root_mean_square" } do -- of use to others
  model.operators[name] = nil
end

-- Ids of the operators that node `y` hangs on, in order.
local function needed(b, y)
  local wanted, out = { [y] = true }, {}
  for id = y, 1, -1 do
    local edge = wanted[id] and b.edges[id]
    for _, from in ipairs(edge and edge.ids or {}) do
      wanted[from] = true
    end
    if edge then
      table.insert(out, 1, id)
    end
  end
  return out
end

local function refuse(b, id, what)
  local row = b:layer_of(id)
  error(("export: %s (%s) %s; what is taken: %s"):format(row and row.name or "the network",
    b.edges[id].op, what, table.concat(sorted.keys(model.operators), " ")), 0)
end

-- A convolution that changes the number of steps has those of the longest sequence, so that all
-- samples have to come filled up to it.
local function keeps_time(b, ids)
  for _, id in ipairs(ids) do
    local edge = b.edges[id]
    local _, from = b:shape(edge.ids[1])
    local _, to = b:shape(id)
    if edge.op == "conv1d" and from and not to then
      return false
    end
  end
  return true
end

-- The value of a node, made now where it is not yet.
local function value_of(n, id)
  local value = n.values[id]
  if type(value) == "function" then
    value = value()
    n.values[id] = value
  end
  return value or n:weight(id)
end

-- What a node is fed by, looked up when it is asked for.
local function inputs_of(n, ids)
  return setmetatable({}, { __index = function(_, i)
    return ids[i] and value_of(n, ids[i])
  end, __len = function()
    return #ids
  end })
end

local function add_operators(n, b, ids)
  for _, id in ipairs(ids) do
    local edge, row = b.edges[id], b:layer_of(id)
    local make = model.operators[edge.op]
    if not make then
      refuse(b, id, "has no form in ONNX that lrrun writes")
    end
    n.path = row and row.name or edge.op
    n.values[id] = make(n, { id = id, ids = edge.ids, attrs = edge.attrs,
      x = inputs_of(n, edge.ids), shape = (b:shape(edge.ids[1])) })
  end
end

-- Sizes of the graph's input or output: of a sample, with the batch and, of sequences, time.
local function sizes_of(shape, time)
  local out = { "batch", table.unpack(shape) }
  if time then
    out[2] = "time"
  end
  return out
end

local LAYOUT = "channels, height, width: "

-- What is fed in, in words.
local function input_doc(data, of, scaled)
  local text
  if data.dtype == "i32" then
    text = "ids of tokens"
  elseif #data.shape == 3 then
    text = LAYOUT .. (scaled and of and "values as the data have them (of pictures 0 to 255, "
      .. "channels red, green, blue)" or "values scaled as the metadata say")
  else
    text = scaled and of and "values as the data have them" or "values scaled as the metadata say"
  end
  return text .. (data.seq and "; behind a sample's length anything" or "")
end

local function list_text(list)
  return list and json.encode(json.array(table.move(list, 1, #list, 1, {})))
end

-- The metadata: what a reader needs to know of inputs and outputs, as texts.
local function metadata_of(run, of, o)
  local data, r = run.dataset, run.recipe
  local out = {}
  local function add(key, value)
    if value then
      out[#out + 1] = { "lrrun." .. key, value }
    end
  end
  add("recipe", r.opts.name)
  add("weights", o.weights)
  add("digest", o.digest)
  add("classes", list_text(data.class_names))
  add("loss", run.loss.kind)
  add("output", o.output)
  add("input.columns", of and list_text(of.names))
  add("input.scaled", of and (o.scaling and "inside" or "outside"))
  if of and not o.scaling then
    add("input.offset", list_text(of.offset))
    add("input.mean", list_text(of.mean))
    add("input.factor", list_text(of.factor))
  end
  add("target.mean", not o.unscaled and list_text(data.target_means) or nil)
  add("target.deviation", not o.unscaled and list_text(data.target_deviations) or nil)
  return out
end

-- The graph's inputs.
local function inputs_for(n, sizes, kind, doc)
  local inputs = { { name = "x", type = kind, shape = sizes, doc = doc } }
  if n.inputs.lengths then
    inputs[2] = { name = "lengths", type = "I64", shape = { "batch" },
      doc = "how many steps each sample has, from 1" }
  end
  return inputs
end

-- What comes out, and its name.
local function finish(n, run, o)
  local b, y = run.model.builder, run.model.output
  local value, said = value_of(n, y), "outputs"
  local probabilities = run.loss.probabilities
  n.path = "output"
  if o.probabilities then
    local edge = { x = { value }, shape = (b:shape(y)), attrs = {}, ids = {} }
    value, said = model.operators[probabilities](n, edge), "probabilities"
  elseif o.unscaled then
    value, said = scaling.undo(n, value, run.dataset), "values"
  elseif probabilities then
    said = "logits"
  end
  n:node("Identity", { value })
  n.nodes[#n.nodes].outputs = { said } -- the value's name is what it is
  return said
end

--- The model of a network with its weights (prepare.network).
-- o: scaling: the input's scaling is inside, and the output is in the targets' units where these
-- are scaled; probabilities: the output is; weights, digest, version: for the metadata.
-- Raises where an operator has no form in ONNX, by its layer's name.
---@param run table
---@param o table
---@return table model of onnx/proto.lua, and `known` = { x, lengths, time, data, of, ... } for who
--- checks it
function model.of(run, o)
  local b, data = run.model.builder, run.dataset
  local shape, seq, dtype = b:shape(run.model.input)
  local ids = needed(b, run.model.output)
  local time = seq and keeps_time(b, ids)
  local n = net.new(b, weights.views(run.model.graph), { name = "x", time = time })
  n.REAL = net.REAL
  local of = scaling.of(data, seq)
  local inside = o.scaling and of ~= nil
  n.path = "input"
  n.values[run.model.input] = inside and scaling.apply(n, "x", of) or "x"
  n.taken.x, n.taken.lengths = 1, 1
  add_operators(n, b, ids)
  local unscaled = o.scaling and data.target_means ~= nil and run.loss.scales
  local how = { scaling = inside, unscaled = unscaled, probabilities = o.probabilities,
    weights = o.weights, digest = o.digest }
  how.output = finish(n, run, how)
  local inputs = inputs_for(n, sizes_of(shape, time), dtype == "i32" and "I64"
    or inside and of.double and "F64" or net.REAL, input_doc(data, of, inside))
  local out_shape, out_seq = b:shape(run.model.output)
  return {
    ir = model.IR, opset = model.OPSET, producer = "lrrun", version = o.version,
    doc = ("trained with lrrun; %s"):format(inputs[1].doc),
    metadata = metadata_of(run, of, how),
    graph = { name = run.recipe.opts.name or "network", nodes = n.nodes, weights = n.weights,
      inputs = inputs, outputs = { { name = how.output, type = net.REAL,
        shape = sizes_of(out_shape, out_seq and time) } } },
    known = { of = inside and of or nil, output = how.output, time = time, seq = seq, shape = shape,
      dtype = dtype, unscaled = unscaled, probabilities = o.probabilities },
  }
end

--- Its bytes as a message (record/protobuf.lua). Raises where a file cannot hold them.
---@param m table
---@return table
function model.encode(m)
  local message = proto.encode(m)
  if message.size > proto.MOST then
    error(("export: the model has %d bytes, and a file of ONNX holds at most %d in one piece; "
      .. "weights beside it are not written: --numpy writes them as arrays"):format(message.size,
      proto.MOST), 0)
  end
  return message
end

return model
