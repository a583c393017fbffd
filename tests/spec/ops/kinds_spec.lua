-- Every row of cases.lua with one leaf of the other kind of number: operators hand memory
-- to kernels, which take it for what they were written for.

local cases = require "spec.ops.cases"
local native = require "lrrun.native.graph"
local tensor = require "lrrun.native.tensor"

local OTHER = { real = "i32", i32 = "real" }
local SAMPLES = 3

local Builder = {}
Builder.__index = Builder

-- Leaf number `other` holds the kind of number that its row does not ask for.
function Builder:leaf(shape, dtype, seq, grad)
  local place = #self.leaves + 1
  if place == self.other then
    dtype = OTHER[dtype]
  end
  local id = self.g:input(shape, dtype, seq or false, grad or false)
  self.leaves[place] = { id = id, shape = { SAMPLES, table.unpack(shape) }, dtype = dtype }
  return id
end

function Builder:x(shape, opts)
  return self:leaf(shape, "real", opts and opts.seq, true)
end

function Builder:data(shape, opts)
  return self:leaf(shape, "real", opts and opts.seq)
end

function Builder:ids(shape, _, seq)
  return self:leaf(shape, "i32", seq)
end

function Builder:param(shape)
  if #self.leaves + 1 == self.other then
    return self:leaf(shape, "real")
  end
  self.leaves[#self.leaves + 1] = {}
  return self.g:param("p" .. #self.leaves, shape, { kind = "constant", a = 0 }, true)
end

function Builder:buffer(shape, fill)
  if #self.leaves + 1 == self.other then
    return self:leaf(shape, "real")
  end
  self.leaves[#self.leaves + 1] = {}
  return self.g:buffer("b" .. #self.leaves, shape, fill)
end

function Builder:op(name, inputs, attrs)
  return self.g:op(name, inputs, attrs or {})
end

local function builder(other)
  return setmetatable({ g = native.new(), leaves = {}, other = other }, Builder)
end

-- One pass over an operator that has taken the leaf.
local function compute(b, y)
  local inputs = {}
  for _, leaf in ipairs(b.leaves) do
    if leaf.id then
      inputs[leaf.id] = tensor.new(leaf.shape, nil, leaf.dtype)
    end
  end
  b.g:plan({ y }, SAMPLES, true)
  b.g:forward { inputs = inputs, train = true }
end

describe("an operator", function()
  for _, row in ipairs(cases) do
    local label = row.name and row.op .. ", " .. row.name or row.op
    it("refuses numbers of another kind, or computes with them: " .. label, function()
      local whole = builder(0)
      row.build(whole)
      for other = 1, #whole.leaves do
        local b = builder(other)
        local taken, y = pcall(row.build, b)
        if taken then
          compute(b, y)
        else
          assert.matches("^[%w_]+: ", y)
        end
      end
    end)
  end

  it("names the input and its kind", function()
    local g = native.new()
    local x = g:input({ 4 }, "real", false, false)
    local weight = g:input({ 2, 4 }, "i32", false, false)
    assert.has_error(function()
      g:op("linear", { x, weight }, {})
    end, "linear: input 2 is i32, want real")
  end)
end)
