--- The messages of an ONNX file: written from a model's description, and read back.
--
-- Source: onnx.proto of ONNX 1.12 (https://github.com/onnx/onnx/blob/v1.12.0/onnx/onnx.proto),
-- whose numbers of fields stand below. A model is
--   { ir, opset, producer, version, doc, graph, metadata = { { key, value }, ... } }
-- a graph { name, inputs, outputs, nodes, weights }; an input or output { name, type, shape =
-- sizes or names of sizes, doc }; a node { op, name, inputs, outputs, attrs = { { name, value },
-- ... } } where a value is a whole number ("i"), a float ("f"), a text ("s"), or a list of whole
-- numbers ("ints") or texts ("strings"), said by its kind; a weight { name, type, shape, tensors =
-- what it is made of, one behind the other, or bytes }. Layer: onnx.

local protobuf = require "lrrun.record.protobuf"

local proto = {}

-- TensorProto.DataType, by the types that are written.
proto.TYPES = { F32 = 1, U8 = 2, I32 = 6, I64 = 7, BOOL = 9, F64 = 11 }
proto.NAMES = {}
for name, code in pairs(proto.TYPES) do
  proto.NAMES[code] = name
end

-- AttributeProto: the number of its type, and the field of its value.
local KINDS = { f = { 1, 2 }, i = { 2, 3 }, s = { 3, 4 }, ints = { 7, 8 }, strings = { 8, 9 } }

-- Protocol Buffers have no messages of 2 GB.
proto.MOST = (1 << 31) - 1

local message = protobuf.message

local function attribute(name, kind, value)
  local m = message():text(1, name)
  local type_of, number = KINDS[kind][1], KINDS[kind][2]
  if kind == "f" then
    m:float(number, value)
  elseif kind == "i" then
    m:int(number, value)
  elseif kind == "s" then
    m:text(number, value)
  else
    for _, item in ipairs(value) do -- not packed: the field is of proto2
      if kind == "ints" then
        m:int(number, item)
      else
        m:text(number, item)
      end
    end
  end
  return m:int(20, type_of)
end

local function node(n)
  local m = message()
  for _, name in ipairs(n.inputs) do
    m:text(1, name)
  end
  for _, name in ipairs(n.outputs) do
    m:text(2, name)
  end
  m:text(3, n.name):text(4, n.op)
  for _, a in ipairs(n.attrs or {}) do
    m:message(5, attribute(a[1], a[2], a[3]))
  end
  return m
end

local function value_info(v)
  local sizes = message()
  for _, size in ipairs(v.shape) do
    local d = message()
    sizes:message(1, type(size) == "string" and d:text(2, size) or d:int(1, size))
  end
  local of = message():int(1, proto.TYPES[v.type]):message(2, sizes)
  return message():text(1, v.name):message(2, message():message(1, of)):text(3, v.doc)
end

local function weight(w)
  local m = message()
  for _, size in ipairs(w.shape) do
    m:int(1, size)
  end
  m:int(2, proto.TYPES[w.type]):text(8, w.name)
  if w.tensors then
    return m:tensors(9, w.tensors)
  end
  return m:text(9, w.bytes)
end

local function graph(g)
  local m = message()
  for _, n in ipairs(g.nodes) do
    m:message(1, node(n))
  end
  m:text(2, g.name)
  for _, w in ipairs(g.weights) do
    m:message(5, weight(w))
  end
  for _, v in ipairs(g.inputs) do
    m:message(11, value_info(v))
  end
  for _, v in ipairs(g.outputs) do
    m:message(12, value_info(v))
  end
  return m
end

--- A model as a message, whose `size` is the file's.
---@param model table
---@return table
function proto.encode(model)
  local m = message():int(1, model.ir):text(2, model.producer):text(3, model.version)
  m:text(6, model.doc):message(7, graph(model.graph))
  m:message(8, message():text(1, ""):int(2, model.opset))
  for _, item in ipairs(model.metadata) do
    m:message(14, message():text(1, item[1]):text(2, item[2]))
  end
  return m
end

-- A message's fields by what `takes` says of each number: f(value, n).
local function read(r, at, n, takes)
  r:fields(at, at + n, function(number, value, size)
    if takes[number] then
      takes[number](value, size)
    end
  end)
end

local function texts_into(r, list)
  return function(at, n)
    list[#list + 1] = r:bytes(at, n)
  end
end

local function read_attribute(r, at, n)
  local a = { ints = {}, strings = {} }
  read(r, at, n, {
    [1] = function(v, size) a.name = r:bytes(v, size) end,
    [2] = function(v) a.f = v end,
    [3] = function(v) a.i = v end,
    [4] = function(v, size) a.s = r:bytes(v, size) end,
    [8] = function(v, size)
      if size then
        a.ints = r:ints(v, size)
      else
        a.ints[#a.ints + 1] = v
      end
    end,
    [9] = texts_into(r, a.strings),
    [20] = function(v) a.type = v end,
  })
  for kind, numbers in pairs(KINDS) do
    if numbers[1] == a.type then
      return a.name, a[kind]
    end
  end
  r:fail("attribute '%s' is of type %s, which is not read", tostring(a.name), tostring(a.type))
end

local function read_node(r, at, n)
  local out = { inputs = {}, outputs = {}, attrs = {} }
  read(r, at, n, {
    texts_into(r, out.inputs), texts_into(r, out.outputs),
    function(v, size) out.name = r:bytes(v, size) end,
    function(v, size) out.op = r:bytes(v, size) end,
    function(v, size)
      local name, value = read_attribute(r, v, size)
      out.attrs[name] = value
    end,
  })
  return out
end

local function read_weight(r, at, n)
  local w = { shape = {} }
  read(r, at, n, {
    [1] = function(v, size)
      if size then
        w.shape = r:ints(v, size)
      else
        w.shape[#w.shape + 1] = v
      end
    end,
    [2] = function(v) w.type = proto.NAMES[v] end,
    [8] = function(v, size) w.name = r:bytes(v, size) end,
    [9] = function(v, size) w.at, w.size = v, size end,
  })
  if not w.type or not w.at or not w.name then
    r:fail("has a weight without a name, a known type or numbers")
  end
  return w
end

local function read_shape(r, at, n, shape)
  read(r, at, n, { function(v, size)
    local d
    read(r, v, size, { function(x) d = x end, function(x, len) d = r:bytes(x, len) end })
    shape[#shape + 1] = d or "?"
  end })
end

local function read_value(r, at, n)
  local out = { shape = {} }
  read(r, at, n, {
    function(v, size) out.name = r:bytes(v, size) end,
    function(v, size)
      read(r, v, size, { function(x, len)
        read(r, x, len, {
          function(code) out.type = proto.NAMES[code] end,
          function(y, most) read_shape(r, y, most, out.shape) end,
        })
      end })
    end,
    function(v, size) out.doc = r:bytes(v, size) end,
  })
  return out
end

local function read_graph(r, at, n)
  local g = { nodes = {}, weights = {}, inputs = {}, outputs = {} }
  local function into(list, reads)
    return function(v, size)
      list[#list + 1] = reads(r, v, size)
    end
  end
  read(r, at, n, {
    [1] = into(g.nodes, read_node), [2] = function(v, size) g.name = r:bytes(v, size) end,
    [5] = into(g.weights, read_weight), [11] = into(g.inputs, read_value),
    [12] = into(g.outputs, read_value),
  })
  return g
end

--- Reads a model of an open file. As it is written, but that a node's attributes are a table by
--- name and a weight has `at` and `size`, the place of its bytes in the file.
---@param input userdata|string as protobuf.reader takes it
---@param name string for messages
---@return table
function proto.decode(input, name)
  local r = protobuf.reader(input, name)
  local model = { metadata = {} }
  read(r, 0, r.size, {
    [1] = function(v) model.ir = v end,
    [2] = function(v, n) model.producer = r:bytes(v, n) end,
    [3] = function(v, n) model.version = r:bytes(v, n) end,
    [6] = function(v, n) model.doc = r:bytes(v, n) end,
    [7] = function(v, n) model.graph = read_graph(r, v, n) end,
    [8] = function(v, n)
      read(r, v, n, { [2] = function(x) model.opset = x end })
    end,
    [14] = function(v, n)
      local item = {}
      read(r, v, n, { function(x, len) item[1] = r:bytes(x, len) end,
        function(x, len) item[2] = r:bytes(x, len) end })
      model.metadata[#model.metadata + 1] = item
    end,
  })
  if not model.graph or not model.ir or not model.opset then
    r:fail("is no ONNX model: it has no graph, no ir_version or no opset")
  end
  return model
end

return proto
