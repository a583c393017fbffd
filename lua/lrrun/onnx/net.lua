--- The graph of ONNX nodes that is being made of a network: names, constants, weights, and what
--- the sequences of the batch are (steps, lengths, masks), each made once, when it is asked for.
-- Layer: onnx.

local file = require "lrrun.native.file"
local tensor = require "lrrun.native.tensor"

local net = {}

local Net = {}
Net.__index = Net

-- The type of this build's numbers.
net.REAL = file.type(tensor.new { 1 })

-- What a score that does not count becomes before softmax: its exponential is 0.
local LOW = -3e38

--- An empty graph.
---@param b table the network's builder
---@param state { all: fun(name: string), rows: fun(name: string, first: integer, n: integer) }
--- views of a parameter or running statistic, or of some rows of it
---@param x { name: string, time: boolean, length: integer } the input's value; time: its second
--- axis is of any length up to `length`
function net.new(b, state, x)
  local names = {}
  for full, item in pairs(b.made) do
    names[item.id] = full
  end
  return setmetatable({ b = b, state = state, names = names, x = x, path = "", taken = {},
    nodes = {}, weights = {}, once = {}, values = {}, heads = {}, inputs = {} }, Net)
end

-- A name that no other value has.
local function free(self, name)
  local n = (self.taken[name] or 0) + 1
  self.taken[name] = n
  return n == 1 and name or ("%s_%d"):format(name, n)
end

--- Adds a node; gives the name of its (first) output. attrs: { name, kind, value } each, kind as
--- onnx/proto.lua has them; count: outputs that it has, of which unnamed ones are left away.
---@param op string
---@param inputs string[]
---@param attrs table[]?
---@param outputs integer?
function Net:node(op, inputs, attrs, outputs)
  local name = free(self, self.path .. "/" .. op)
  local out, from = {}, {}
  for i, input in ipairs(inputs) do
    from[i] = input
  end
  for i = 1, outputs or 1 do
    out[i] = i == 1 and name or ("%s:%d"):format(name, i)
  end
  self.nodes[#self.nodes + 1] = { op = op, name = name, inputs = from, outputs = out,
    attrs = attrs }
  return table.unpack(out)
end

-- A constant, once for each content.
local function constant(self, kind, shape, bytes)
  local key = kind .. table.concat(shape, ",") .. ":" .. bytes
  if not self.once[key] then
    local name = free(self, "constant")
    self.weights[#self.weights + 1] = { name = name, type = kind, shape = shape, bytes = bytes }
    self.once[key] = name
  end
  return self.once[key]
end

--- A list of whole numbers as a value; a single number has no axis.
---@param list integer[]|integer
function Net:ints(list)
  if math.type(list) == "integer" then
    return constant(self, "I64", {}, string.pack("<i8", list))
  end
  local parts = {}
  for i, n in ipairs(list) do
    parts[i] = string.pack("<i8", n)
  end
  return constant(self, "I64", { #list }, table.concat(parts))
end

--- A list of numbers as a value; a single number has no axis.
---@param list number[]|number
---@param shape integer[]?
---@param kind string? "F64": in double
function Net:reals(list, shape, kind)
  kind = kind or net.REAL
  local format, parts = kind == "F64" and "<d" or "<f", {}
  for i, x in ipairs(type(list) == "table" and list or { list }) do
    parts[i] = string.pack(format, x)
  end
  return constant(self, kind, type(list) == "table" and (shape or { #list }) or {},
    table.concat(parts))
end

--- A value made by f the first time that `key` is asked for.
function Net:cached(key, f)
  if not self.once[key] then
    self.once[key] = f()
  end
  return self.once[key]
end

--- Sizes of the parameter or running statistic that is node `id`.
---@return integer[]
function Net:sizes(id)
  return self.b.made[self.names[id]].shape
end

--- The parameter or running statistic that is node `id`, as it lies in memory; nil without one.
---@param id integer?
---@return string? name
function Net:weight(id)
  local name = self.names[id]
  return name and self:cached("weight " .. name, function()
    self.weights[#self.weights + 1] = { name = name, type = net.REAL, shape = self:sizes(id),
      tensors = { self.state.all(name) } }
    self.taken[name] = 1
    return name
  end)
end

--- Of a parameter some rows in another order, as a weight of its own.
---@param id integer
---@param suffix string behind its name
---@param shape integer[]
---@param blocks integer[] which of as many equal parts of its first axis, from 1
---@param also integer? another parameter, whose blocks follow
function Net:blocks(id, suffix, shape, blocks, also)
  local parts, first = {}, self.names[id]
  for _, from in ipairs { id, also } do
    local name = self.names[from]
    local rows = self:sizes(from)[1] // #blocks
    for _, k in ipairs(blocks) do
      parts[#parts + 1] = self.state.rows(name, (k - 1) * rows, rows)
    end
  end
  local name = free(self, first .. suffix)
  self.weights[#self.weights + 1] = { name = name, type = net.REAL, shape = shape,
    tensors = parts }
  return name
end

--- Whether a node of the network is a sequence whose samples have lengths.
function Net:is_sequence(id)
  local _, seq = self.b:shape(id)
  return seq
end

--- The number of steps in this batch, without an axis.
function Net:steps()
  return self:cached("steps", function()
    return self:node("Gather", { self:node("Shape", { self.x.name }), self:ints(1) },
      { { "axis", "i", 0 } })
  end)
end

--- Some rows of a table (length, ...), as many as there are steps.
function Net:first_rows(table_name)
  return self:node("Slice", { table_name, self:ints { 0 },
    self:node("Unsqueeze", { self:steps(), self:ints { 0 } }), self:ints { 0 } })
end

--- Places 0, 1, ... of the steps, or of `count` steps.
function Net:places(count)
  return self:cached("places " .. tostring(count), function()
    return self:node("Range", { self:ints(0), count and self:ints(count) or self:steps(),
      self:ints(1) })
  end)
end

--- How many steps each sample has: an input of the graph, (batch).
function Net:lengths()
  self.inputs.lengths = true
  return "lengths"
end

--- Which steps are a sample's: (batch, time) of booleans.
function Net:mask()
  return self:cached("mask", function()
    return self:node("Less", { self:places(),
      self:node("Unsqueeze", { self:lengths(), self:ints { 1 } }) })
  end)
end

--- The same as 1 and 0, (batch, time, 1).
function Net:mask_reals()
  return self:cached("mask_reals", function()
    return self:node("Unsqueeze", { self:node("Cast", { self:mask() },
      { { "to", "i", net.REAL == "F64" and 11 or 1 } }), self:ints { 2 } })
  end)
end

--- Numbers where `mask` holds, else a number so low that its exponential is 0.
function Net:where(mask, x)
  return self:node("Where", { mask, x, self:reals(LOW) })
end

return net
