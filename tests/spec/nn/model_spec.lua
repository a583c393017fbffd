-- Networks in a script's hands: planned again, out of memory, fed with tensors that go away.

local graph = require "lrrun.native.graph"
local nn = require "lrrun.nn"
local tensor = require "lrrun.native.tensor"

local function refused(pattern, f, ...)
  local ok, why = pcall(f, ...)
  assert.is_false(ok)
  assert.matches(pattern, why)
end

local function ones(shape, dtype)
  local n = 1
  for _, d in ipairs(shape) do
    n = n * d
  end
  local values = {}
  for i = 1, n do
    values[i] = 1
  end
  return tensor.new(shape, values, dtype)
end

describe("classes", function()
  it("may be reals, as tensor.new makes them, for a loss alone and a step of a model", function()
    local loss = nn.cross_entropy():build({ 3 }, { batch = 2 })
    local x, classes = tensor.new({ 2, 3 }, { 1, 2, 3, 0, 0, 5 }), { 0, 2 }
    local want = loss:forward(x, tensor.new({ 2 }, classes, "i32"))
    assert.equal(want, loss:forward(x, tensor.new({ 2 }, classes)))
    refused("value 2 is 1.5, want a whole number", loss.forward, loss, x,
      tensor.new({ 2 }, { 0, 1.5 }))
    local function step(dtype)
      local m = nn.linear(3):build({ 4 }, { seed = 1 })
      return m:step({ x = ones { 2, 4 }, y = tensor.new({ 2 }, classes, dtype) },
        nn.cross_entropy())
    end
    assert.equal(step "i32", step "real")
  end)
end)

describe("a loss of classes used alone", function()
  it("refuses a class out of range, with where it stands", function()
    for name in pairs { cross_entropy = 1, focal = 1 } do
      local loss = nn[name]():build({ 3 }, { batch = 2 })
      local x = tensor.new({ 2, 3 }, { 1, 2, 3, 0, 0, 5 })
      for _, class in ipairs { 3, -1 } do
        refused(("nn.%s: the target of sample 2 is class %%%d, want 0 to 2: the predictions are of "
          .. "3 classes, counted from 0"):format(name, class):gsub("%%(%d)", "%1"), loss.forward,
          loss, x, tensor.new({ 2 }, { 2, class }, "i32"))
      end
      loss:forward(x, tensor.new({ 2 }, { 0, 2 }))
    end
    local steps = nn.cross_entropy():build({ 2, 3 }, { batch = 2 })
    refused("the target of sample 2, step 1, is class 7", steps.forward, steps, ones { 2, 2, 3 },
      tensor.new({ 2, 2 }, { 0, 1, 7, 2 }))
  end)
end)

describe("a model", function()
  it("takes a loss of the same settings as the same loss", function()
    local m = nn.sequential { nn.linear(3) }:build({ 4 })
    local batch = { x = ones { 2, 4 }, y = ones({ 2 }, "i32") }
    m:step(batch, nn.cross_entropy())
    local target, bytes = m.target, m.graph:memory().activations
    for _ = 1, 5 do
      m:step(batch, nn.cross_entropy())
    end
    assert.equal(target, m.target)
    m:step(batch, nn.cross_entropy { label_smoothing = 0.1 })
    assert.not_equal(target, m.target)
    m:step(batch, nn.cross_entropy())
    assert.equal(target, m.target)
    assert.equal(bytes, m.graph:memory().activations)
  end)

  it("works on after a loss that does not fit", function()
    local m = nn.linear(3):build({ 4 }, { batch = 2 })
    local before = m:forward(ones { 2, 4 }):values()
    assert.is_false(pcall(m.attach, m, { kind = "nn.none", opts = {}, target = function()
      return "real", { 7 }
    end, add = function(_, b, x, target)
      return b:op("mse", { x, target })
    end }))
    assert.same(before, m:forward(ones { 2, 4 }):values())
  end)

  it("works on after a batch that memory cannot hold", function()
    local m = nn.sequential { nn.conv2d { 64, kernel = 1 }, nn.relu() }:build({ 1, 512, 512 })
    local x = ones { 1, 1, 512, 512 }
    refused("no memory", m.plan, m, 2147483647)
    refused("not planned", m.graph.forward, m.graph, { inputs = { [m.input] = x } })
    assert.equal(64 * 512 * 512, #m:forward(x))
  end)

  it("says what a step wants", function()
    local m = nn.linear(3):build({ 4 })
    refused("step: want a batch", m.step, m, ones { 1, 4 })
    refused("y = nil", m.step, m, { x = ones { 1, 4 } }, nn.mse())
    refused("want a loss", m.step, m, { x = ones { 1, 4 }, y = ones { 1, 3 } })
  end)

  it("says what a shape is where one is too large", function()
    refused("nn.embedding: weight would be .* a size is at most 2147483647", function()
      return nn.embedding { 2 ^ 20, vocab = 2 ^ 40 }:build { 3 }
    end)
  end)

  it("gives the input back where no layer changes it", function()
    local m = nn.graph(function(x)
      return x
    end):build({ 3 }, { batch = 2 })
    assert.same({ 1, 1, 1, 1, 1, 1 }, m:forward(ones { 2, 3 }):values())
  end)

  it("gives a layer used in two places two sets of parameters", function()
    local l = nn.linear(4)
    local m = nn.sequential { l, nn.tanh(), l }:build({ 4 })
    local p = m:params()
    assert.not_same(p["1.linear.weight"]:values(), p["3.linear.weight"]:values())
  end)
end)

describe("a step made again", function()
  local function network()
    local m = nn.sequential { nn.linear(6), nn.batchnorm(), nn.dropout(0.5), nn.linear(2) }
      :build({ 4 }, { seed = 3 })
    return m, { x = tensor.new({ 3, 4 }, { 1, 2, 3, 4, 4, 3, 2, 2, 0, 1, 0, 5 }),
      y = tensor.new({ 3 }, { 0, 1, 1 }, "i32") }
  end
  local loss = nn.cross_entropy()

  it("drops the same values, and leaves running statistics as they are", function()
    local m, batch = network()
    local first = m:step(batch, loss)
    local mean = m:buffers()["2.batchnorm.running_mean"]:values()
    local gradient = m:grads()["1.linear.weight"]:values()
    for _ = 1, 2 do
      assert.equal(first, (m:step(batch, loss, { again = true })))
    end
    assert.same(gradient, m:grads()["1.linear.weight"]:values())
    assert.same(mean, m:buffers()["2.batchnorm.running_mean"]:values())
  end)

  it("counts as no step: the next one is as it would be without", function()
    local function third(again)
      local m, batch = network()
      m:step(batch, loss)
      if again then
        m:step(batch, loss, { again = true })
      end
      return (m:step(batch, loss))
    end
    assert.equal(third(false), third(true))
    local m, batch = network()
    assert.not_equal(m:step(batch, loss), (m:step(batch, loss))) -- other values are dropped
  end)
end)

describe("backward", function()
  local m, x, gy
  before_each(function()
    m = nn.linear(3):build({ 4 }, { batch = 2 })
    x, gy = ones { 2, 4 }, ones { 2, 3 }
    m:forward(x)
  end)

  it("is refused once the input is closed", function()
    x:close()
    refused("closed", m.backward, m, gy)
  end)

  it("is refused after another plan, and twice", function()
    m.graph:plan({ m.output }, 1, true)
    refused("needs a forward", m.backward, m, gy)
    m:forward(ones { 1, 4 })
    m:backward(ones { 1, 3 })
    refused("needs a forward", m.backward, m, gy)
  end)

  it("is refused where lengths were made longer than the sequence", function()
    local l = nn.lstm(3):build({ 5, 2 }, { batch = 2, seq = true })
    local len = tensor.new({ 2 }, { 5, 3 }, "i32")
    l:forward(ones { 2, 5, 2 }, { len = len })
    len:set { 5000, 3 }
    refused("length is out of range", l.backward, l, ones { 2, 3 })
  end)
end)

describe("a graph", function()
  it("wants values for all of its inputs in each run", function()
    local g = graph.new()
    local a, b = g:input({ 2 }, "real", false, true), g:input({ 2 }, "real", false, true)
    local y = g:op("add", { a, b })
    g:plan({ y }, 1, true)
    refused("no values", g.forward, g, { inputs = { [a] = ones { 1, 2 } } })
    g:forward { inputs = { [a] = ones { 1, 2 }, [b] = ones { 1, 2 } } }
    refused("no values", g.forward, g, { inputs = { [a] = ones { 1, 2 } } })
    assert.equal(2, #g:tensor(a))
  end)

  it("runs what was planned, whatever was added since", function()
    local g = graph.new()
    local x = g:input({ 2 }, "real", false, false)
    local y = g:op("scale", { x }, { factor = 3 })
    g:plan({ y }, 1, true)
    local last = y
    for _ = 1, 300 do
      last = g:op("tanh", { last })
    end
    g:forward { inputs = { [x] = ones { 1, 2 } } }
    assert.same({ 3, 3 }, g:tensor(y):values())
    refused("has none", g.tensor, g, last)
  end)

  it("has no start values before it is planned", function()
    local g = graph.new()
    g:param("w", { 2 }, { kind = "constant", a = 1 }, true)
    refused("not planned", g.init, g, 1)
  end)

  it("adds to the gradient of an output that something else uses in place", function()
    local g = graph.new()
    local x = g:input({ 2 }, "real", false, true)
    local a = g:op("scale", { x }, { factor = 2 })
    local b = g:op("scale", { a }, { factor = 3 })
    local c = g:op("tanh", { b })
    g:plan({ a, c }, 1, true)
    g:forward { inputs = { [x] = tensor.new({ 1, 2 }, { 0.25, -0.5 }) } }
    g:grad(a):set { 0.5, 0.5 }
    g:backward(c, ones { 1, 2 })
    local want = {}
    for i, v in ipairs { 0.25, -0.5 } do
      local y = (math.exp(12 * v) - 1) / (math.exp(12 * v) + 1)
      want[i] = 2 * (0.5 + 3 * (1 - y * y))
    end
    for i, v in ipairs(g:grad(x):values()) do
      assert.near(want[i], v, 1e-5)
    end
  end)
end)
