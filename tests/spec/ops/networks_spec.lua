-- Random small networks: the gradients of a plan that shares memory and works in place are
-- those of a plan that keeps everything, to the last bit, and those of differences.

local graph = require "lrrun.native.graph"
local tensor = require "lrrun.native.tensor"

local DOUBLE = tensor.new({ 1 }, { 1 + 1e-12 }):values()[1] ~= 1
local EPS = DOUBLE and 1e-5 or 1e-2
local TOLERANCE = DOUBLE and 1e-5 or 5e-2
local FLOOR = DOUBLE and 1e-2 or 0.5 -- share of the largest gradient that errors count against
local N, WIDTH = 3, 4
local NETWORKS = 900

-- A small generator of its own: the same networks on every run and in every build.
local function generator(seed)
  local state = seed * 7919 + 1
  return function(n)
    state = state * 6364136223846793005 + 1442695040888963407
    return (state >> 33) % n + 1
  end
end

local function values(random, n)
  local list = {}
  for i = 1, n do
    list[i] = (random(4001) - 2001) / 2000
  end
  return list
end

local SMOOTH = { "tanh", "sigmoid", "gelu", "silu", "softplus", "scale" }

local function unary(net, x)
  local name = SMOOTH[net.random(#SMOOTH)]
  return net.g:op(name, { x }, name == "scale" and { factor = 0.5 + net.random(3) } or nil)
end

local function linear(net, x)
  local width = net.g:shape(x)[1]
  local name = "w" .. #net.params
  local weight = net.g:param(name, { WIDTH, width }, { kind = "normal", a = 0.5 },
    net.random(5) > 1)
  local bias = net.g:param(name .. "b", { WIDTH }, { kind = "normal", a = 0.5 }, true)
  net.params[#net.params + 1] = name
  return net.g:op("linear", { x, weight, bias })
end

-- A value of WIDTH that is there already, perhaps x itself.
local function partner(net, x)
  local list = {}
  for _, id in ipairs(net.nodes) do
    if net.g:shape(id)[1] == net.g:shape(x)[1] then
      list[#list + 1] = id
    end
  end
  return list[net.random(#list)]
end

-- Frozen or not; a large eps, as differences of what is divided by next to nothing are rounding.
local function normed(net, x)
  local width, layer = net.g:shape(x)[1], net.random(2) == 1
  local name = "n" .. #net.params
  local ids = { x, net.g:param(name, { width }, { kind = "normal", a = 0.5 }, net.random(2) == 1) }
  if layer then
    ids[3] = net.g:param(name .. "b", { width }, { kind = "normal", a = 0.5 }, net.random(2) == 1)
  end
  net.params[#net.params + 1] = name
  return net.g:op(layer and "layernorm" or "rmsnorm", ids, { eps = 0.5 })
end

local function dropout(net, x)
  return net.g:op("dropout", { x }, { rate = 0.3, spatial = false })
end

local function swiglu(net, x)
  return net.g:op("swiglu", { x, partner(net, x) })
end

local BRANCH = { unary, linear, normed, dropout, swiglu }

-- x and what a branch of some layers makes of it, either first.
local function residual(net, x)
  local y = x
  for _ = 1, net.random(4) do
    y = BRANCH[net.random(#BRANCH)](net, y)
    net.nodes[#net.nodes + 1] = y
  end
  y = net.g:shape(y)[1] == net.g:shape(x)[1] and y or linear(net, x)
  x = net.g:shape(y)[1] == net.g:shape(x)[1] and x or y
  return net.g:op("add", net.random(4) == 1 and { x, y } or { y, x })
end

local MAKERS = {
  unary, unary, linear, normed, dropout, residual, residual, residual,
  function(net, x)
    return net.g:op("add", { x, partner(net, x) })
  end,
  function(net, x)
    return net.g:op("add", { partner(net, x), x })
  end,
  function(net, x)
    return net.g:op("mul", { x, partner(net, x) })
  end,
  function(net, x)
    local width = net.g:shape(x)[1]
    return linear(net, net.g:op("concat", width > 16 and { x } or { x, partner(net, x), x }))
  end,
  function(net, x)
    return net.g:op("flatten", { x })
  end,
  function(net, x)
    return net.g:op("softmax", { x })
  end,
}

local function new_network(seed)
  local net = { g = graph.new(), random = generator(seed), params = {}, nodes = {} }
  net.x = net.g:input({ WIDTH }, "real", false, net.random(2) == 1)
  local t = net.g:input({ WIDTH }, "real", false, false)
  local y = net.x
  net.nodes[1] = y
  for _ = 1, 2 + net.random(7) do
    y = MAKERS[net.random(#MAKERS)](net, net.random(4) == 1 and partner(net, y) or y)
    net.nodes[#net.nodes + 1] = y
  end
  y = linear(net, y) -- something always trains
  net.nodes[#net.nodes + 1] = y
  net.loss = net.g:op("mse", { y, t })
  net.inputs = {
    [net.x] = tensor.new({ N, WIDTH }, values(net.random, N * WIDTH)),
    [t] = tensor.new({ N, WIDTH }, values(net.random, N * WIDTH)),
  }
  return net
end

local function gradients(net, outputs)
  net.g:plan(outputs, N, true)
  local loss = net.g:forward { inputs = net.inputs, train = true }
  net.g:backward()
  return net.g:block("grads"):values(), loss
end

local function loss_at(net, block, list, i, v)
  local was = list[i]
  list[i] = v
  block:set(list)
  list[i] = was
  return (net.g:forward { inputs = net.inputs, train = true })
end

local function check_differences(net, got)
  local block = net.g:block "params"
  local list, largest = block:values(), 0
  for _, v in ipairs(got) do
    largest = math.max(largest, math.abs(v))
  end
  for _, s in ipairs((net.g:segments())) do
    local i = s.at + net.random(s.n)
    if s.trains and got[i] ~= 0 then
      local want = (loss_at(net, block, list, i, list[i] + EPS)
        - loss_at(net, block, list, i, list[i] - EPS)) / (2 * EPS)
      local size = math.max(math.abs(want), math.abs(got[i]), FLOOR * largest, 1e-4)
      assert.is_true(math.abs(want - got[i]) <= TOLERANCE * size,
        ("%s: backward gives %.12g, differences %.12g"):format(s.name, got[i], want))
    end
  end
  block:set(list)
end

describe("a random network", function()
  it("has the same gradients with and without sharing memory, those of differences", function()
    for seed = 1, NETWORKS do
      local net = new_network(seed)
      net.g:plan({ net.loss }, N, true)
      net.g:init(seed)
      local shared, loss = gradients(net, { net.loss })
      local all = { net.loss, table.unpack(net.nodes, 2) }
      local apart, same_loss = gradients(net, all)
      assert.equal(loss, same_loss, "loss of network " .. seed)
      assert.same(apart, shared, "gradients of network " .. seed)
      gradients(net, { net.loss })
      check_differences(net, shared)
    end
  end)

  it("has the same gradients where backward makes values again, be they few or many", function()
    local many = 0
    for seed = 1, NETWORKS do
      local net = new_network(seed)
      net.g:plan({ net.loss }, N, true)
      net.g:init(seed)
      local want, loss = gradients(net, { net.loss })
      for _, bytes in ipairs { 0, 512, 1024 } do
        net.g:keep(bytes)
        local got, same_loss = gradients(net, { net.loss })
        local of, again = net.g:memory()
        many = many + again
        assert.equal(loss, same_loss, "loss of network " .. seed)
        assert.same(want, got, "gradients of network " .. seed)
        net.g:forward { inputs = net.inputs, train = true } -- what is made again is where it was
        net.g:backward()
        assert.same(want, net.g:block("grads"):values(), "second gradients of network " .. seed)
        assert.is_true(of.activations > 0)
      end
    end
    assert.is_true(many > NETWORKS)
  end)
end)
