-- Rates by width: the factors of each kind of tensor, by hand from table 8 of Yang et al., arXiv
-- 2203.03466, and whole trainings against the package mup 1.0.0 (double, torch 2.15).
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local tensor = require "lrrun.tensor"

-- By how much the optimizer's numbers of a parameter are multiplied.
local function factors_of(bound, name)
  for i, other in ipairs(bound.names) do
    if other == name then
      return bound.config.factors[bound.config.group_of[i]]
    end
  end
  error("no parameter " .. name)
end

local function check(value, model, expected)
  local bound = value:bind(model)
  for name, want in pairs(expected) do
    local found = factors_of(bound, name)
    assert.near(want[1], found.lr or 1, 1e-12, value.kind .. ": lr of " .. name)
    assert.near(1 / want[1], found.weight_decay or 1, 1e-12, "weight_decay of " .. name)
    assert.near(want[2] or 1, found.eps or 1, 1e-12, "eps of " .. name)
  end
end

local function mlp(n)
  return nn.sequential { nn.linear(n), nn.tanh(), nn.linear(2 * n), nn.layernorm(), nn.linear(n),
    nn.linear(3) }
end

local function model_of(make, shape, opts)
  local o = { base = make(4), seed = 1, batch = 4 }
  for key, item in pairs(opts or {}) do
    o[key] = item
  end
  return make(16):build(shape, o)
end

describe("rates by width", function()
  it("of Adam and its kin: hidden / m, all others as they are; eps / m", function()
    local m = model_of(mlp, { 5 })
    for _, name in ipairs { "adam", "adamw", "adamax", "nadam", "radam", "rmsprop", "adagrad",
      "lion", "adan", "ademamix" } do
      check(optim[name] { lr = 0.1 }, m, {
        ["1.linear.weight"] = { 1, 1 / 4 }, ["1.linear.bias"] = { 1, 1 / 4 },
        ["3.linear.weight"] = { 1 / 4, 1 / 4 }, ["3.linear.bias"] = { 1, 1 / 4 },
        ["4.layernorm.weight"] = { 1, 1 / 4 }, ["5.linear.weight"] = { 1 / 4, 1 / 4 },
        ["6.linear.weight"] = { 1, 1 / 4 }, ["6.linear.bias"] = { 1, 1 },
      })
    end
  end)

  it("of SGD: x m where one way has grown, x m out / m in where both have", function()
    local function make(n) -- the second layer grows twice as fast
      return nn.sequential { nn.linear(n), nn.linear(n * n), nn.layernorm(), nn.linear(3) }
    end
    check(optim.sgd { lr = 0.1, momentum = 0.9 }, model_of(make, { 5 }), {
      ["1.linear.weight"] = { 4 }, ["1.linear.bias"] = { 4 },
      ["2.linear.weight"] = { 16 / 4 }, ["2.linear.bias"] = { 16 },
      ["3.layernorm.weight"] = { 16 }, ["4.linear.weight"] = { 16 }, ["4.linear.bias"] = { 1 },
    })
  end)

  it("of embeddings, tied or not, positions, attention, recurrent layers and kernels", function()
    local m = model_of(function(n)
      return nn.sequential { nn.embedding { n, name = "E" }, nn.positions(),
        nn.attention { 2, qk_norm = true }, nn.lstm { n, sequences = true },
        nn.linear { tied = "E" } }
    end, { 6 }, { vocab = 9, seq = true })
    check(optim.adamw { lr = 0.1 }, m, {
      ["1.embedding.weight"] = { 1, 1 / 4 }, ["2.positions.weight"] = { 1, 1 / 4 },
      ["3.attention.weight_qkv"] = { 1 / 4, 1 / 4 }, ["3.attention.bias_qkv"] = { 1, 1 / 4 },
      ["3.attention.q_norm"] = { 1, 1 / 4 }, ["3.attention.weight_out"] = { 1 / 4, 1 / 4 },
      ["4.lstm.weight_ih"] = { 1 / 4, 1 / 4 }, ["4.lstm.weight_hh"] = { 1 / 4, 1 / 4 },
      ["4.lstm.bias_ih"] = { 1, 1 / 4 }, ["5.linear.bias"] = { 1, 1 },
    })
    check(optim.sgd { lr = 0.1 }, m, { ["1.embedding.weight"] = { 4 },
      ["3.attention.weight_qkv"] = { 1 }, ["3.attention.bias_qkv"] = { 4 } })
    check(optim.adam { lr = 0.1 }, model_of(function(n)
      return nn.sequential { nn.conv2d { n, 3 }, nn.conv2d { n, 3, groups = n }, nn.conv2d { n, 1 },
        nn.global_avgpool(), nn.linear(2) }
    end, { 3, 8, 8 }), {
      ["1.conv2d.weight"] = { 1, 1 / 4 }, ["2.conv2d.weight"] = { 1, 1 / 4 },
      ["3.conv2d.weight"] = { 1 / 4, 1 / 4 }, ["5.linear.weight"] = { 1, 1 / 4 },
    })
  end)

  it("of Muon: by its scale and a matrix's shape; of what AdamW takes, that", function()
    local function factors(scale)
      local bound = optim.muon { lr = 0.1, scale = scale }:bind(model_of(mlp, { 5 }))
      return function(name)
        return factors_of(bound, name).lr or 1
      end
    end
    for scale, want in pairs { spectral = { 1, 1 }, rms = { math.sqrt(5) / 2, 1 / 2 },
      original = { math.sqrt(4) / (math.sqrt(16 / 5) / 1), 1 } } do
      local of = factors(scale)
      assert.near(want[1], of "1.linear.weight", 1e-12, scale)
      assert.near(want[2], of "3.linear.weight", 1e-12, scale)
      assert.equal(1, of "6.linear.weight")
      assert.equal(1, of "3.linear.bias")
    end
  end)

  it("multiply rates of groups, and leave tensors without decay without", function()
    local value = optim.adamw { lr = 0.1, weight_decay = 0.2, decay = "matrices",
      groups = { { match = "^3", lr = 0.5 } } }
    local bound = value:bind(model_of(mlp, { 5 }))
    local of = {}
    for i, name in ipairs(bound.names) do
      local g = bound.config.group_of[i]
      local f = bound.config.factors[g]
      of[name] = { bound.native:get(g, "lr") * (f.lr or 1),
        bound.native:get(g, "weight_decay") * (f.weight_decay or 1) }
    end
    assert.near(0.125, of["3.linear.weight"][1], 1e-12)
    assert.near(0.8, of["3.linear.weight"][2], 1e-12)
    assert.same({ 0.5, 0 }, of["3.linear.bias"])
    assert.near(0.025, of["5.linear.weight"][1], 1e-12)
    assert.same({ 0.1, 0.2 }, of["1.linear.weight"])
  end)

  it("are not known of others, which is said", function()
    for _, value in ipairs { optim.lamb { lr = 0.1 }, optim.rprop(), optim.adadelta() } do
      local ok, err = pcall(value.bind, value, model_of(mlp, { 5 }))
      assert.is_false(ok)
      assert.matches("transfer: how rates of " .. value.kind .. " go with width is not known",
        tostring(err), 1, true)
    end
  end)
end)

-- Weights, inputs and targets as those of the reference.
local function wave(n, f, times, from)
  local out = {}
  for i = 0, n - 1 do
    out[i + 1] = f(times * i + from)
  end
  return out
end

local function losses_of(make, shape, value)
  local m = model_of(make, shape)
  for k, s in ipairs((m.graph:segments())) do
    local values = wave(s.n, math.sin, 1.7, k)
    for i, x in ipairs(values) do
      values[i] = 0.3 * x
    end
    m:params()[s.name]:set(values)
  end
  local count = 4
  for _, d in ipairs(shape) do
    count = count * d
  end
  local batch = { x = tensor.new({ 4, table.unpack(shape) }, wave(count, math.cos, 0.9, 0)),
    y = tensor.new({ 4, 3 }, wave(12, math.sin, 0.4, 0)) }
  local bound, out = value:bind(m), {}
  for i = 1, 6 do
    out[i] = m:step(batch, nn.mse())
    bound:update {}
  end
  return out
end

local function conv(n)
  return nn.sequential { nn.conv2d { n, 3 }, nn.tanh(), nn.conv2d { n, 3 }, nn.tanh(), nn.flatten(),
    nn.linear(3) }
end

local function plain(n)
  return nn.sequential { nn.linear(n), nn.tanh(), nn.linear(n), nn.tanh(), nn.linear(3) }
end

local ADAM, ADAMW = optim.adam { lr = 0.02 }, optim.adamw { lr = 0.02, weight_decay = 0.1 }
local SGD, DECAYED = optim.sgd { lr = 0.05, momentum = 0.9 },
  optim.sgd { lr = 0.05, weight_decay = 0.02 }

-- MuAdam, MuAdamW, MuSGD with MuReadout, base width 4, width 16: losses before six updates.
local REFERENCE = {
  { "linear", plain, { 5 }, ADAM, { 0.443168248419, 0.425673766001, 0.410158166337, 0.39545968989,
    0.380221868798, 0.362344440458 } },
  { "linear", plain, { 5 }, ADAMW, { 0.443168248419, 0.425726098357, 0.41029798522,
    0.395672897884, 0.380477575578, 0.362669001452 } },
  { "linear", plain, { 5 }, SGD, { 0.443168248419, 0.439929061019, 0.434422496211, 0.427896291549,
    0.421528816087, 0.41617231225 } },
  { "linear", plain, { 5 }, DECAYED, { 0.443168248419, 0.439946909967, 0.437069943797,
    0.434492480041, 0.432176041889, 0.430087519896 } },
  { "conv", conv, { 2, 6, 6 }, ADAM, { 0.535589998464, 0.689422629711, 0.380733800206,
    0.315090053623, 0.278362381914, 0.210423434443 } },
  { "conv", conv, { 2, 6, 6 }, ADAMW, { 0.535589998464, 0.6888330692, 0.380620389137,
    0.314967584659, 0.277722244592, 0.210033409929 } },
  { "conv", conv, { 2, 6, 6 }, SGD, { 0.535589998464, 0.477586365012, 0.421990819611,
    0.330826339497, 0.258298310663, 0.201673874778 } },
  { "conv", conv, { 2, 6, 6 }, DECAYED, { 0.535589998464, 0.477411044991, 0.441658527221,
    0.404444781719, 0.360364642888, 0.313418591878 } },
}

describe("training a wide network as the package mup does", function()
  for _, case in ipairs(REFERENCE) do
    it(("%s layers, %s, weight_decay %g"):format(case[1], case[4].kind,
      case[4].opts.weight_decay), function()
      local found = losses_of(case[2], case[3], case[4])
      for i, want in ipairs(case[5]) do
        assert.near(want, found[i], 2e-5 * want)
      end
    end)
  end
end)
