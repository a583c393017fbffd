-- Factors of single parameters on rates, decay and the like (optim/factors.lua).
local factors = require "lrrun.optim.factors"
local optim = require "lrrun.optim"
local schedule = require "lrrun.schedule"
local tensor = require "lrrun.tensor"
local units = require "lrrun.util.units"

local NAMES = { "a.weight", "b.weight", "c.bias" }

local function bound_to(o, by_name)
  local params, grads = {}, {}
  for i, name in ipairs(NAMES) do
    params[name] = tensor.new({ 2 }, { 1, -1 })
    grads[name] = tensor.new({ 2 }, { 0.5 * i, -0.25 * i })
  end
  return o:bind(params, by_name), params, grads
end

local function first(params)
  local out = {}
  for name, t in pairs(params) do
    out[name] = t:values()[1]
  end
  return out
end

-- The same weights after some updates of another optimizer with these numbers for one tensor.
local function alone(make, name, n, update)
  local i
  for place, other in ipairs(NAMES) do
    i = other == name and place or i
  end
  local p = { [name] = tensor.new({ 2 }, { 1, -1 }) }
  local o = make:bind(p)
  for k = 1, n do
    local of = { grads = { [name] = tensor.new({ 2 }, { 0.5 * i, -0.25 * i }) } }
    for key, item in pairs(update and update(k) or {}) do
      of[key] = item
    end
    o:update(of)
  end
  return p[name]:values()[1]
end

local OPTIMIZERS = { "sgd", "adam", "adamw", "adamax", "nadam", "radam", "rmsprop", "adagrad",
  "adadelta", "lion", "lamb", "adan", "ademamix" }

describe("factors of parameters", function()
  it("scale the rate of a tensor as another lr would, for every optimizer", function()
    for _, name in ipairs(OPTIMIZERS) do
      local o, params, grads = bound_to(optim[name] { lr = 0.04, weight_decay = 0.1 },
        { ["b.weight"] = { lr = 0.25 } })
      for _ = 1, 3 do
        o:update { grads = grads }
      end
      local got = first(params)
      for _, tensor_name in ipairs(NAMES) do
        local lr = tensor_name == "b.weight" and 0.01 or 0.04
        assert.equal(alone(optim[name] { lr = lr, weight_decay = 0.1 }, tensor_name, 3),
          got[tensor_name], name .. " " .. tensor_name)
      end
    end
  end)

  it("scale decay and eps, and what schedules, groups and updates set", function()
    local o, params, grads = bound_to(optim.adamw { lr = schedule.linear { from = 0.5, to = 0.25,
      length = 4 * units.steps }, weight_decay = 0.5, eps = 0.125,
      groups = { { match = "^b", weight_decay = 0.25 } } },
      { ["a.weight"] = { lr = 0.5, eps = 4 }, ["b.weight"] = { weight_decay = 2, lr = 0.5 } })
    for _ = 1, 2 do
      o:update { grads = grads, clock = { total_steps = 8, steps_per_epoch = 4 } }
    end
    local got = first(params)
    local function lr(scale)
      return function(k)
        return { lr = scale * (0.5 - 0.0625 * (k - 1)) }
      end
    end
    local function make(keys)
      keys.lr = 1
      return optim.adamw(keys)
    end
    assert.equal(alone(make { weight_decay = 0.5, eps = 0.5 }, "a.weight", 2, lr(0.5)),
      got["a.weight"])
    assert.equal(alone(make { weight_decay = 0.5, eps = 0.125 }, "b.weight", 2, lr(0.5)),
      got["b.weight"])
    assert.equal(alone(make { weight_decay = 0.5, eps = 0.125 }, "c.bias", 2, lr(1)), got["c.bias"])
  end)

  it("multiply where several rules are about one parameter", function()
    local joined = factors.joined { { a = { lr = 0.5, weight_decay = 0 } },
      { a = { lr = 0.25, from = 3 * units.epochs }, b = { eps = 2 } },
      { a = { from = 2 * units.epochs } } }
    assert.same({ lr = 0.125, weight_decay = 0, from = 3 * units.epochs }, joined.a)
    assert.same({ eps = 2 }, joined.b)
  end)

  it("put parameters of the same factors into one group, and none into another for a factor of 1",
    function()
      local config = optim.sgd { lr = 1 }:config(NAMES, {}, { ["a.weight"] = { lr = 0.5 },
        ["b.weight"] = { lr = 0.5, eps = 1 }, ["c.bias"] = { lr = 1 } })
      assert.same({ 2, 2, 1 }, config.group_of)
      assert.same({ {}, { lr = 0.5 } }, config.factors)
      assert.same({ [2] = 1 }, config.twin_of)
    end)

  it("are refused where an lr is no rate", function()
    local ok, why = pcall(bound_to, optim.rprop {}, { ["a.weight"] = { lr = 0.5 } })
    assert.is_false(ok)
    assert.matches("the size of the first steps alone", tostring(why))
    for _, of in ipairs { { lr = 0.5 }, { from = 2 * units.steps } } do
      ok, why = pcall(bound_to, optim.prodigy {}, { ["a.weight"] = of })
      assert.is_false(ok)
      assert.matches("it finds one rate for all parameters", tostring(why))
      ok, why = pcall(bound_to, optim.lbfgs {}, { ["a.weight"] = of })
      assert.is_false(ok)
      assert.matches("all weights are one vector", tostring(why))
    end
  end)
end)

describe("tensors that are held until a time", function()
  it("stay as they are, then train as if the run began there, for every optimizer", function()
    for _, name in ipairs(OPTIMIZERS) do
      local make = optim[name] { lr = 0.04, weight_decay = 0.1 }
      local o, params, grads = bound_to(make, { ["b.weight"] = { from = 3 * units.steps } })
      for k = 1, 5 do
        o:update { grads = grads }
        assert.equal(k > 3, params["b.weight"]:values()[1] ~= 1, name .. k)
      end
      assert.equal(alone(make, "b.weight", 2), params["b.weight"]:values()[1], name)
      assert.equal(alone(make, "c.bias", 5), params["c.bias"]:values()[1], name)
    end
  end)

  it("have no part in the norm that clipping goes by", function()
    local o, _, grads = bound_to(optim.sgd { lr = 0.1 }, {
      ["b.weight"] = { from = 1 * units.steps }, ["c.bias"] = { from = 2 * units.steps } })
    local norms = {}
    for k = 1, 3 do
      norms[k] = o:update { grads = grads, clip = { norm = 100 } }
    end
    local unit = 0.25 + 0.0625
    for k, sum in ipairs { 1, 1 + 4, 1 + 4 + 9 } do
      assert.near(math.sqrt(unit * sum), norms[k], 1e-6)
    end
  end)

  it("want a clock where the time is in epochs", function()
    local o, params, grads = bound_to(optim.sgd { lr = 0.1 },
      { ["b.weight"] = { from = 1 * units.epochs } })
    local ok, why = pcall(o.update, o, { grads = grads })
    assert.is_false(ok)
    assert.matches("frozen until 1 epochs: give update a clock", tostring(why))
    for _ = 1, 3 do
      o:update { grads = grads, clock = { steps_per_epoch = 2 } }
    end
    assert.near(1 - 0.1, params["b.weight"]:values()[1], 1e-6)
  end)
end)
