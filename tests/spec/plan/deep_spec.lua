-- What a deep network costs before its first step: in proportion to its layers.
local data = require "lrrun.data"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local plan = require "lrrun.plan"
local prepare = require "lrrun.train.prepare"
local rates = require "lrrun.rates"
local recipe = require("lrrun.recipe").new
local resolve = require "lrrun.recipe.resolve"

local STRIDE = 1000 -- instructions of Lua between two counts

-- Layers by kind of network: how many of them there are in all, as a list.
local function plain(depth)
  local layers = {}
  for i = 1, depth do
    layers[i] = i % 2 == 1 and nn.linear(8) or nn.tanh()
  end
  return layers
end

local function residuals(depth)
  local layers = {}
  for i = 1, depth // 2 do
    layers[i] = nn.residual { nn.tanh() }
  end
  layers[#layers + 1] = nn.linear(8)
  return layers
end

local function blocks(depth)
  return { nn.reshape { 2, 4 }, nn.transformer { depth // 10, heads = 1 }, nn.flatten(),
    nn.linear(8) }
end

-- Instructions of Lua, in thousands, and seconds that building and planning take; what is planned.
local function cost(layers, by_depth)
  local value = resolve.for_run(recipe { seed = 1, steps = 2, optimizer = optim.sgd { lr = 0.1 },
    data = data.random { shape = { 8 }, classes = 8, n = 64, batch = 16 },
    model = nn.sequential(layers), rates = by_depth })
  local count, began = 0, os.clock()
  debug.sethook(function()
    count = count + 1
  end, "", STRIDE)
  local run <close> = prepare.run(value, {})
  local p = plan.of(run)
  debug.sethook()
  return count, os.clock() - began, p
end

describe("A deep network", function()
  it("is built and planned at a cost in proportion to its layers", function()
    local few, _, small = cost(plain(400))
    local many, seconds, large = cost(plain(6400))
    assert.equal(400, #small.layers)
    assert.equal(6400, #large.layers)
    assert.is_true(many < 16 * 1.1 * few, ("%d and %d"):format(few, many))
    assert.is_true(seconds < 6) -- some 0.5; with a square of the layers in it, 15
    assert.is_true(large.memory.activations < 16 * 1.05 * small.memory.activations)
    for _, row in ipairs(large.layers) do
      assert.equal(row.kind == "nn.linear" and 72 or 0, row.parameters)
    end
  end)

  it("is so, too, where its rates go by depth", function()
    local few = cost(plain(200), rates.layerwise(0.99))
    local many = cost(plain(3200), rates.layerwise(0.99))
    assert.is_true(many < 16 * 1.1 * few, ("%d and %d"):format(few, many))
  end)

  for name, of in pairs { residuals = residuals, ["a transformer"] = blocks } do
    it("is so, too, where it is of " .. name, function()
      local few, many = cost(of(200)), cost(of(3200))
      assert.is_true(many < 16 * 1.1 * few, ("%d and %d"):format(few, many))
    end)
  end
end)
