--- Evaluates an ONNX file node by node, in plain Lua and doubles: a second opinion on what lrrun
--- wrote, which shares nothing with its engine. Layer: onnx.

local nodes = require "lrrun.onnx.nodes"
local products = require "lrrun.onnx.products"
local proto = require "lrrun.onnx.proto"
local recurrence = require "lrrun.onnx.recurrence"
local shapes = require "lrrun.onnx.shapes"
local tensor = require "lrrun.native.tensor"
local values = require "lrrun.onnx.values"

local REAL = require("lrrun.onnx.net").REAL

local evaluate = {}

local OPERATORS = {}
for _, list in ipairs { nodes, products, shapes, recurrence } do
  for name, f in pairs(list) do
    OPERATORS[name] = name:find "^%u" and f or nil
  end
end

--- Names of the nodes that it knows.
function evaluate.operators()
  return OPERATORS
end

-- Types of weights, and how string.unpack reads one number of it.
local FORMATS = { I64 = "<i8", F32 = "<f", F64 = "<d" }

-- A weight whose numbers stay in the file until they are asked for; a constant of another type than
-- weights have is small.
local function weight(input, w)
  local format = FORMATS[w.type]
  local size = format and string.packsize(format)
  if not format or values.count(w.shape) * size ~= w.size then
    error(("weight '%s' is (%s) of %s and has %d bytes"):format(w.name,
      table.concat(w.shape, ", "), w.type, w.size), 0)
  elseif w.type ~= REAL then
    local list, bytes = {}, assert(input:read(w.at, w.size))
    for i = 1, w.size // size do
      list[i] = string.unpack(format, bytes, size * (i - 1) + 1)
    end
    return values.new(w.shape, list, w.type == "I64" and "I64" or "real")
  end
  local v = { shape = w.shape, type = "real" }
  function v.get(first, count)
    local t = tensor.new { count }
    assert(input:read_tensor(w.at + first * size, w.type, t))
    local list = t:values()
    t:close()
    return list
  end
  return v
end

-- How often each value is still wanted, so that it can go when it is not.
local function uses_of(graph)
  local uses = {}
  for _, n in ipairs(graph.nodes) do
    for _, name in ipairs(n.inputs) do
      uses[name] = (uses[name] or 0) + 1
    end
  end
  for _, v in ipairs(graph.outputs) do
    uses[v.name] = (uses[v.name] or 0) + 1
  end
  return uses
end

local function run_node(n, held)
  local f = OPERATORS[n.op]
  if not f then
    error(("node '%s' is a %s, which is not evaluated"):format(n.name, n.op), 0)
  end
  local inputs, count = {}, #n.inputs
  for i, name in ipairs(n.inputs) do
    inputs[i] = name ~= "" and held[name] or nil
    if name ~= "" and not inputs[i] then
      error(("node '%s' takes '%s', which nothing gives"):format(n.name, name), 0)
    end
  end
  local out = table.pack(f(n, n.attrs, table.unpack(inputs, 1, count)))
  for i, name in ipairs(n.outputs) do
    held[name] = out[i]
  end
end

--- Reads a model of an open file, checks that it is one, and gives f(inputs) -> outputs: tables of
--- values (onnx/values.lua) by name.
---@param input userdata of native file.open, or of file.create what was written so far
---@param name string for messages
---@return fun(inputs: table): table
---@return table model
function evaluate.open(input, name)
  local model = proto.decode(input, name)
  local graph, weights = model.graph, {}
  for _, w in ipairs(graph.weights) do
    weights[w.name] = weight(input, w)
  end
  return function(inputs)
    local held, uses, out = setmetatable({}, { __index = weights }), uses_of(graph), {}
    for _, v in ipairs(graph.inputs) do
      held[v.name] = assert(inputs[v.name])
    end
    for _, n in ipairs(graph.nodes) do
      values.poll()
      run_node(n, held)
      for _, from in ipairs(n.inputs) do
        uses[from] = uses[from] - 1
        if uses[from] == 0 then
          held[from] = nil
        end
      end
    end
    for _, v in ipairs(graph.outputs) do
      out[v.name] = held[v.name]
    end
    return out
  end, model
end

return evaluate
