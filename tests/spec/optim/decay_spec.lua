local files = require "support.files"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local tensor = require "lrrun.tensor"

describe("decay = 'matrices'", function()
  local SHAPES = { ["1.linear.weight"] = { 2, 2 }, ["1.linear.bias"] = { 2 },
    ["2.positions.weight"] = { 2, 2 }, ["3.embedding.weight"] = { 2, 2 },
    ["4.layernorm.weight"] = { 2 } }

  -- What one update of no gradient makes of ones.
  local function updated(o, also)
    local params, grads, out = {}, {}, {}
    for name, shape in pairs(SHAPES) do
      local n = #shape == 2 and 4 or 2
      params[name] = tensor.new(shape, table.move({ 1, 1, 1, 1 }, 1, n, 1, {}))
      grads[name] = tensor.new(shape)
    end
    local bound = o:bind(params)
    bound:update { grads = grads, table.unpack(also or {}) }
    for name, t in pairs(params) do
      out[name] = t:values()[1]
    end
    return out, bound, params, grads
  end

  it("leaves biases, norms and positions without, for every optimizer", function()
    for _, name in ipairs { "sgd", "adamw", "lion" } do
      local of = optim[name] { lr = 0.1, weight_decay = 0.5, decay = "matrices" }
      local w = updated(of)
      for key in pairs(SHAPES) do
        local decays = key == "1.linear.weight" or key == "3.embedding.weight"
        assert.equal(decays, w[key] < 1, name .. " " .. key)
      end
      for _, x in pairs(updated(optim[name] { lr = 0.1, weight_decay = 0.5 })) do
        assert.truthy(x < 1)
      end
    end
  end)

  it("goes by what a group says of its own", function()
    local w = updated(optim.sgd { lr = 0.1, weight_decay = 0.5, decay = "matrices", groups = {
      { match = "layernorm", weight_decay = 0.25 }, { match = "linear", lr = 0.2 } } })
    assert.near(1 - 0.1 * 0.25, w["4.layernorm.weight"], 1e-6)
    assert.near(1 - 0.2 * 0.5, w["1.linear.weight"], 1e-6)
    assert.equal(1, w["1.linear.bias"])
    assert.near(1 - 0.1 * 0.5, w["3.embedding.weight"], 1e-6)
  end)

  it("stays so when the decay changes", function()
    local _, bound, params, grads = updated(optim.sgd { lr = 0.1, weight_decay = 0.5,
      decay = "matrices" })
    bound:update { grads = grads, weight_decay = 1 }
    assert.equal(1, params["1.linear.bias"]:values()[1])
    assert.near(0.95 * 0.9, params["1.linear.weight"]:values()[1], 1e-6)
  end)

  it("does so for networks", function()
    local m = nn.sequential { nn.linear(2), nn.batchnorm() }:build({ 2 }, { batch = 1 })
    local o = optim.adamw { lr = 0.1, weight_decay = 0.5, decay = "matrices" }
    local names, shapes = {}, {}
    for i, s in ipairs((m.graph:segments())) do
      names[i], shapes[i] = s.name, s.shape
    end
    local config = o:config(names, shapes)
    for i, name in ipairs(names) do
      assert.equal(name == "1.linear.weight", config.factors[config.group_of[i]].weight_decay ~= 0)
    end
    o:bind(m)
  end)

  it("is refused where nothing decays", function()
    local why = files.failure(optim.sgd, { lr = 0.1, decay = "matrices" })
    assert.truthy(why:find("weight_decay is 0: there is none to leave away", 1, true), why)
    assert.truthy(files.failure(optim.adamw, { decay = "matrix" }):find("matrices", 1, true))
  end)
end)
