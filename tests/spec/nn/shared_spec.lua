-- Layers that nn.graph applies to several nodes, and parameters of one layer in another.

local model = require "lrrun.nn.model"
local files = require "support.files"
local nn = require "lrrun.nn"
local noise = require "support.noise"
local tensor = require "lrrun.native.tensor"

local DOUBLE = tensor.new({ 1 }, { 1 + 1e-12 }):values()[1] ~= 1
local EPS = DOUBLE and 1e-5 or 1e-2
local TOLERANCE = DOUBLE and 1e-6 or 3e-2

local function names_of(segments)
  local names = {}
  for i, s in ipairs(segments) do
    names[i] = s.name
  end
  return table.concat(names, " ")
end

local function refused(text, f, ...)
  assert.matches(text, files.failure(f, ...) or "nothing", 1, true)
end

local function loss_of(m, x, y)
  return (m:evaluate({ x = x, y = y }, nn.mse()))
end

-- Central differences of the loss, for every value of every parameter.
local function check_gradients(m, x, y)
  m:step({ x = x, y = y }, nn.mse())
  local grads = {}
  for name, g in pairs(m:grads()) do
    grads[name] = g:values()
  end
  for name, p in pairs(m:params()) do
    local values = p:values()
    for i, v in ipairs(values) do
      local function at(e)
        values[i] = v + e
        p:set(values)
        values[i] = v
        return loss_of(m, x, y)
      end
      local want = (at(EPS) - at(-EPS)) / (2 * EPS)
      p:set(values)
      assert.near(want, grads[name][i], TOLERANCE * math.max(math.abs(want), 0.05))
    end
  end
end

local function twice(l, between)
  return nn.graph(function(x)
    return l(between(l(x)))
  end)
end

describe("a layer applied to two nodes", function()
  it("has one set of parameters, named once by where it came first", function()
    local l = nn.linear(3)
    local m = nn.graph(function(x)
      return nn.linear(2)(l(nn.tanh()(l(x))))
    end):build({ 3 })
    assert.equal("1.linear.weight 1.linear.bias 4.linear.weight 4.linear.bias",
      names_of((m.graph:segments())))
  end)

  it("is what two layers with equal weights are, its gradient the sum of theirs", function()
    local x, y = tensor.new({ 4, 3 }, noise(12)), tensor.new({ 4, 3 }, noise(12))
    local one = twice(nn.linear(3), nn.tanh()):build({ 3 }, { batch = 4, seed = 5 })
    local two = nn.sequential { nn.linear(3), nn.tanh(), nn.linear(3) }:build({ 3 }, { batch = 4 })
    local p, q = one:params(), two:params()
    for _, name in ipairs { "weight", "bias" } do
      q["1.linear." .. name]:set(p["1.linear." .. name]:values())
      q["3.linear." .. name]:set(p["1.linear." .. name]:values())
    end
    assert.near(two:step({ x = x, y = y }, nn.mse()), one:step({ x = x, y = y }, nn.mse()), 1e-6)
    for _, name in ipairs { "weight", "bias" } do
      local g = one:grads()["1.linear." .. name]:values()
      local a = two:grads()["1.linear." .. name]:values()
      local b = two:grads()["3.linear." .. name]:values()
      for i, v in ipairs(g) do
        assert.near(a[i] + b[i], v, 1e-5)
      end
    end
  end)

  it("has the gradient of differences", function()
    local m = twice(nn.linear(3), nn.sigmoid()):build({ 3 }, { batch = 2, seed = 3 })
    check_gradients(m, tensor.new({ 2, 3 }, noise(6)), tensor.new({ 2, 3 }, noise(6)))
  end)

  it("may hold layers: then all that is inside is shared", function()
    local tower = nn.sequential { nn.linear(4), nn.batchnorm(), nn.tanh(), nn.linear(3) }
    local m = nn.graph(function(x)
      return tower(x) + tower(nn.tanh()(x))
    end):build({ 3 }, { batch = 2 })
    assert.equal("1.1.linear.weight 1.1.linear.bias 1.2.batchnorm.weight 1.2.batchnorm.bias "
      .. "1.4.linear.weight 1.4.linear.bias", names_of((m.graph:segments())))
    check_gradients(twice(nn.sequential { nn.linear(3), nn.linear(3) }, nn.tanh())
      :build({ 3 }, { batch = 2 }), tensor.new({ 2, 3 }, noise(6)), tensor.new({ 2, 3 }, noise(6)))
  end)

  it("shares running statistics, which move with each application", function()
    local norm = nn.batchnorm(0.5)
    local m = nn.graph(function(x)
      return norm(x) + norm(x)
    end):build({ 1 }, { batch = 2 })
    local _, buffers = m.graph:segments()
    assert.equal("1.batchnorm.running_mean 1.batchnorm.running_var", names_of(buffers))
    m:forward(tensor.new({ 2, 1 }, { 1, 3 }), { train = true })
    -- From 0 half of the way to the mean, 2, twice.
    assert.near(1.5, m:buffers()["1.batchnorm.running_mean"]:values()[1], 1e-6)
  end)

  it("serves recurrent layers and sequences", function()
    local rnn = nn.lstm { 2, sequences = true }
    local m = nn.graph(function(x)
      return nn.global_avgpool()(rnn(rnn(x)))
    end):build({ 4, 2 }, { batch = 2, seq = true })
    assert.equal(4, #(m.graph:segments()))
  end)

  it("is refused where its parameters would have another shape", function()
    local l = nn.linear(4)
    refused("nn.linear: this layer's weight, made where it was applied first, is (4, 3), and "
      .. "here would be (4, 4): a tensor that is shared has one shape", function()
      nn.graph(function(x)
        return l(l(x))
      end):build { 3 }
    end)
  end)

  it("stays two layers in nn.sequential, which says so", function()
    local l = nn.linear(3)
    assert.equal(4, #(nn.sequential { l, l }:build({ 3 }).graph:segments()))
    assert.equal(4, #(nn.graph(function(x)
      return nn.sequential { l, l }(x)
    end):build({ 3 }).graph:segments()))
  end)
end)

-- Layers as a recipe may write its own: tables with `add`.
local function own(kind, add)
  return { kind = kind, opts = {}, add = add }
end

-- An embedding of 5 tokens with a name.
local function named(name, units)
  return own("nn.named", function(_, b, x)
    b:call(name)
    return b:op("embedding", { x, b:param("weight", { 5, units }, { kind = "normal", a = 1 }) })
  end)
end

-- Scores for each of 5 tokens by a parameter of another layer.
local function scores(name, param)
  return own("nn.scores", function(_, b, x)
    local shape = b:shape(x)
    return b:op("linear", { x, b:tied(name, param or "weight", { 5, shape[#shape] }) })
  end)
end

local function build(...)
  local layers = { ... }
  return model.build(own("nn.chain", function(_, b, x)
    for i, item in ipairs(layers) do
      x = b:layer(item, x, i)
    end
    return x
  end), { 1 }, { batch = 3, dtype = "i32" })
end

describe("a parameter of another layer", function()
  it("is taken by the layer's name: one tensor, whose gradients add up", function()
    local m = build(named("tok", 3), nn.flatten(), scores "tok")
    assert.equal("1.named.weight", names_of((m.graph:segments())))
    local x = tensor.new({ 3, 1 }, { 0, 4, 1 }, "i32")
    check_gradients(m, x, tensor.new({ 3, 5 }, noise(15)))
  end)

  it("is refused in words where there is none, or of another shape", function()
    local tok = named("tok", 3)
    refused("nn.scores: no layer before it has name = 'words'; there is 'tok'", build, tok,
      scores "words")
    refused("nn.scores: no layer before it has name = 'tik'; did you mean 'tok'?", build, tok,
      scores "tik")
    refused("nn.scores: no layer before it has name = 'tok'", build, nn.embedding { 3, vocab = 5 },
      scores "tok")
    refused("nn.scores: the layer 'tok' has no 'bias'", build, tok, scores("tok", "bias"))
    refused("nn.scores: weight of 'tok' is (5, 3), and here would be (5, 4): a tensor that is "
      .. "shared has one shape", build, tok, nn.linear(4), scores "tok")
    refused("nn.named: name = 'tok' is another layer's already", build, own("nn.two",
      function(_, b, x)
        b:layer(tok, x, 1)
        return b:layer(tok, x, 2)
      end))
  end)
end)

describe("nn.linear { tied = }", function()
  local TOKENS = { batch = 3, dtype = "i32", seed = 2 }

  it("has the weight of the layer of that name, and a bias of its own", function()
    local m = nn.sequential { nn.embedding { 3, vocab = 5, name = "tok" }, nn.flatten(),
      nn.tanh(), nn.linear { tied = "tok" } }:build({ 1 }, TOKENS)
    assert.equal("1.embedding.weight 4.linear.bias", names_of((m.graph:segments())))
    check_gradients(m, tensor.new({ 3, 1 }, { 0, 4, 1 }, "i32"), tensor.new({ 3, 5 }, noise(15)))
  end)

  it("takes that of any layer that fits, in either direction", function()
    local m = nn.sequential { nn.linear { 4, name = "a" }, nn.tanh(), nn.linear { 3, tied = "b" } }
    refused("nn.linear: no layer before it has name = 'b'; there is 'a'", m.build, m, { 4 })
    m = nn.sequential { nn.linear { 4, name = "a" }, nn.tanh(), nn.linear { 4, tied = "a" } }
    check_gradients(m:build({ 4 }, { batch = 2 }), tensor.new({ 2, 4 }, noise(8)),
      tensor.new({ 2, 4 }, noise(8)))
    m = nn.graph(function(x)
      local e = nn.embedding { 3, vocab = 5, name = "in" }(x)
      return nn.linear { 4, bias = false }(nn.flatten()(e + nn.embedding { 3, vocab = 5,
        tied = "in" }(x)))
    end):build({ 2 }, TOKENS)
    assert.equal("1.embedding.weight 4.linear.weight", names_of((m.graph:segments())))
  end)

  it("says what it cannot be", function()
    local function chain(last)
      local m = nn.sequential { nn.embedding { 3, vocab = 5, name = "tok" }, nn.flatten(), last }
      return m.build, m, { 2 }, TOKENS
    end
    refused("nn.linear: weight of 'tok' is (5, 3), and here would be (5, 6): a tensor that is "
      .. "shared has one shape", chain(nn.linear { tied = "tok" }))
    refused("nn.linear: weight of 'tok' is (5, 3), and here would be (7, 6)", chain(nn.linear { 7,
      tied = "tok" }))
    refused("nn.linear: 'tied' is the layer's own name: it takes that of a layer before it",
      nn.linear, { 5, name = "a", tied = "a" })
    refused("nn.linear: 'init' is given beside tied = \"tok\": the weight starts as that layer "
      .. "says", nn.linear, { tied = "tok", init = nn.zeros() })
    refused("nn.linear: 'units' is missing: it takes an integer at least 1", nn.linear, {})
    refused("nn.linear: 'name' is empty", nn.linear, { 3, name = "" })
    refused("nn.embedding: 'padding' is given beside tied", nn.embedding,
      { 3, tied = "tok", padding = 0 })
  end)
end)
