-- Sequences of different inputs: each time axis has steps and lengths of its own.

local native = require "lrrun.native.graph"
local tensor = require "lrrun.native.tensor"

local function lengths(list)
  return tensor.new({ #list }, list, "i32")
end

local function numbers(n, from)
  local list = {}
  for i = 1, n do
    list[i] = from + i * i % 7
  end
  return list
end

-- Pools of an encoder's (5, 2) and a decoder's (3, 2) sequence, side by side.
local function two_pools()
  local g = native.new()
  local a = g:input({ 5, 2 }, "real", 1, true)
  local b = g:input({ 3, 2 }, "real", 2, true)
  local y = g:op("concat", { g:op("global_avgpool", { a }), g:op("global_avgpool", { b }) })
  g:plan({ y }, 2, true)
  return g, a, b, y
end

-- The mean over the first `len` of t steps of two features.
local function mean_of(values, sample, t, len)
  local sum = { 0, 0 }
  for step = 1, len do
    for k = 1, 2 do
      sum[k] = sum[k] + values[((sample - 1) * t + step - 1) * 2 + k]
    end
  end
  return sum[1] / len, sum[2] / len
end

describe("time axes", function()
  it("give each input its own steps and lengths", function()
    local g, a, b, y = two_pools()
    local xa, xb = numbers(2 * 4 * 2, 1), numbers(2 * 3 * 2, -4)
    g:forward {
      inputs = { [a] = tensor.new({ 2, 4, 2 }, xa), [b] = tensor.new({ 2, 3, 2 }, xb) },
      t = { 4, 3 }, len = { lengths { 4, 2 }, lengths { 1, 3 } },
    }
    local got = g:tensor(y):values()
    for sample, len in ipairs { { 4, 1 }, { 2, 3 } } do
      local want = { mean_of(xa, sample, 4, len[1]) }
      want[3], want[4] = mean_of(xb, sample, 3, len[2])
      for k = 1, 4 do
        assert.near(want[k], got[(sample - 1) * 4 + k], 1e-5)
      end
    end
    assert.same({ 2, 4, 2 }, g:grad(a):shape())
    assert.same({ 2, 3, 2 }, g:grad(b):shape())
  end)

  it("are of full length where no lengths are given", function()
    local g, a, b, y = two_pools()
    local xa, xb = numbers(10, 0), numbers(6, 2)
    g:forward {
      inputs = { [a] = tensor.new({ 1, 5, 2 }, xa), [b] = tensor.new({ 1, 3, 2 }, xb) },
      len = { nil, lengths { 2 } },
    }
    local got = g:tensor(y):values()
    assert.near(mean_of(xa, 1, 5, 5), got[1], 1e-5)
    assert.near(mean_of(xb, 1, 3, 2), got[3], 1e-5)
  end)

  it("refuse lengths and steps beyond their own", function()
    local g, a, b = two_pools()
    local inputs = { [a] = tensor.new({ 1, 5, 2 }), [b] = tensor.new({ 1, 3, 2 }) }
    local function refused(text, run)
      run.inputs = inputs
      local ok, message = pcall(g.forward, g, run)
      assert.is_false(ok)
      assert.matches(text, message, 1, true)
    end
    refused("a length is out of range", { len = { lengths { 5 }, lengths { 4 } } })
    refused("more time steps than it was built for", { t = { 5, 4 } })
    assert.is_false(pcall(g.input, g, { 3 }, "real", 5, false))
  end)

  it("follow a node through operators", function()
    local g = native.new()
    local b = g:input({ 3, 2 }, "real", 2, false)
    local y = g:op("tanh", { g:op("dropout", { b }, { rate = 0.1, spatial = false }) })
    local _, seq, _, axis = g:shape(y)
    assert.is_true(seq)
    assert.equal(2, axis)
    local _, still, _, none = g:shape(g:op("global_avgpool", { y }))
    assert.is_false(still)
    assert.is_nil(none)
  end)

  it("do not mix in one sum, product or concatenation", function()
    local g = native.new()
    local a = g:input({ 3, 2 }, "real", 1, false)
    local b = g:input({ 3, 2 }, "real", 2, false)
    for _, op in ipairs { "add", "mul", "concat" } do
      local ok, message = pcall(g.op, g, op, { a, b })
      assert.is_false(ok)
      assert.matches(op .. ": input 1 and input 2 are sequences of different inputs, whose "
        .. "lengths differ: want steps of one sequence", message, 1, true)
    end
  end)
end)
