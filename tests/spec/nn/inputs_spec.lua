-- Networks with several inputs, each fed by its name, with lengths of its own.

local files = require "support.files"
local nn = require "lrrun.nn"
local noise = require "support.noise"
local tensor = require "lrrun.native.tensor"

local function refused(text, f, ...)
  assert.matches(text, files.failure(f, ...) or "nothing", 1, true)
end

-- A decoder's steps beside what an encoder's sequence says.
local function translator()
  return nn.graph {
    function(x, source)
      local said = nn.linear(4)(nn.gru(3)(source))
      return nn.cat { nn.global_avgpool()(nn.linear(4)(x)), said }
    end,
    inputs = { nn.input { "source", shape = { 6, 2 }, seq = true } },
  }:build({ 5, 3 }, { seq = true, batch = 2, seed = 2 })
end

local function batch(t_x, t_source)
  local function padded(seed, width, steps, t)
    local list, values = {}, noise(width * 6, seed)
    for i = 1, 2 do
      for s = 1, t do
        for k = 1, width do
          list[#list + 1] = s <= steps[i] and values[(s - 1) * width + k] * i or 9
        end
      end
    end
    return tensor.new({ 2, t, width }, list)
  end
  return {
    x = padded(1, 3, { 3, 2 }, t_x), source = padded(2, 2, { 1, 4 }, t_source),
    y = tensor.new({ 2, 8 }, noise(16, 3)),
    t = { x = t_x, source = t_source },
    len = { x = tensor.new({ 2 }, { 3, 2 }, "i32"), source = tensor.new({ 2 }, { 1, 4 }, "i32") },
  }
end

describe("a network of two sequences", function()
  it("steps on a batch that names both, whatever the padding of either", function()
    local want = translator()
    local loss = want:step(batch(3, 4), nn.mse())
    for _, t in ipairs { { 5, 4 }, { 3, 6 }, { 4, 5 } } do
      local m = translator()
      assert.near(loss, m:step(batch(table.unpack(t)), nn.mse()), 1e-6)
      for name, g in pairs(want:grads()) do
        local other = m:grads()[name]:values()
        for i, v in ipairs(g:values()) do
          assert.near(v, other[i], 1e-5)
        end
      end
    end
    assert.near(loss, want:evaluate(batch(3, 4)), 1e-6)
  end)

  it("answers with its further inputs by name", function()
    local m, b = translator(), batch(3, 4)
    local y = m:forward(b.x, { len = b.len, t = b.t, inputs = { source = b.source } })
    assert.same({ 2, 8 }, y:shape())
    refused("forward: want a batch { x = tensor, y = tensor }, got source = nil", m.forward, m, b.x,
      { len = b.len, t = b.t })
    b.source = nil
    refused("step: want a batch { x = tensor, y = tensor }, got source = nil", m.step, m, b,
      nn.mse())
  end)

  it("does not add steps of one to steps of the other", function()
    refused("add: input 1 and input 2 are sequences of different inputs", function()
      nn.graph {
        function(x, source)
          return x + source
        end,
        inputs = { nn.input { "source", shape = { 5, 3 }, seq = true } },
      }:build({ 5, 3 }, { seq = true })
    end)
  end)

  it("names its inputs once, and not x or y", function()
    refused("nn.input: 'name' is 'y', which is what a batch calls the targets", nn.input,
      { "y", shape = { 2 } })
    refused("two inputs are named 'a'", function()
      local a = nn.input { "a", shape = { 2 } }
      nn.graph {
        function(x)
          return x
        end,
        inputs = { a, a },
      }:build { 3 }
    end)
  end)

  it("is refused by a recipe whose data do not give it", function()
    local data = require "lrrun.data"
    local train = require "lrrun.language.train"
    refused("nn.graph: the network has an input 'more', and data.digits gives x and y: only "
      .. "model:step{ x =, y =, more = } can feed it", train.fit, require "lrrun.recipe".new {
        data = data.digits { limit = 64 }, epochs = 1,
        optimizer = require "lrrun.optim".sgd { lr = 0.1 },
        model = nn.graph {
          function(x, more)
            return nn.linear(10)(nn.cat { x, more })
          end,
          inputs = { nn.input { "more", shape = { 2 } } },
        },
      }, { record = false, quiet = true })
  end)
end)
