-- optim.sam: another optimizer's update with a gradient from nearby.
local data = require "lrrun.data"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local options = require "lrrun.util.options"
local recipe = require("lrrun.recipe").new
local schedule = require "lrrun.schedule"
local tensor = require "lrrun.tensor"
local train = require "lrrun.language.train"

local A = { 3, 0.5, 1, 8 } -- the loss is the sum of A x^2 / 2

local function gradient(x)
  local out = {}
  for i, a in ipairs(A) do
    out[i] = a * x[i]
  end
  return out
end

-- SAM around SGD with momentum and weight decay, in double.
local function reference(o, x, updates)
  local velocity = {}
  for k = 1, updates do
    local g, norm, away = gradient(x), 0, {}
    for i in ipairs(x) do
      norm = norm + (g[i] * (o.adaptive and x[i] or 1)) ^ 2
    end
    for i in ipairs(x) do
      away[i] = x[i] + o.rho * (o.adaptive and x[i] ^ 2 or 1) * g[i] / (math.sqrt(norm) + 1e-12)
    end
    for i, d in ipairs(gradient(away)) do
      d = d + o.weight_decay * x[i]
      velocity[i] = k == 1 and d or o.momentum * velocity[i] + d
      x[i] = x[i] - o.lr * velocity[i]
    end
  end
  return x
end

-- The same with two tensors.
local function trained(value, x, updates, more)
  local w = { a = tensor.new({ 3 }, { x[1], x[2], x[3] }), b = tensor.new({ 1 }, { x[4] }) }
  local opt = value:bind(w)
  local function grads()
    local a = w.a:values()
    local g = gradient { a[1], a[2], a[3], w.b:values()[1] }
    return { a = tensor.new({ 3 }, { g[1], g[2], g[3] }), b = tensor.new({ 1 }, { g[4] }) }
  end
  for _ = 1, updates do
    local update = { grads = grads(), again = grads }
    for key, item in pairs(more or {}) do
      update[key] = item
    end
    opt:update(update)
  end
  local out = w.a:values()
  out[4] = w.b:values()[1]
  return out
end

local function near(want, got)
  for i, x in ipairs(want) do
    assert.near(x, got[i], 1e-6)
  end
end

describe("optim.sam", function()
  for _, adaptive in ipairs { false, true } do
    it("goes to the worst weights nearby and back, adaptive " .. tostring(adaptive), function()
      local o = { rho = 0.3, adaptive = adaptive, lr = 0.05, momentum = 0.9, weight_decay = 0.1 }
      local value = optim.sam { rho = 0.3, adaptive = adaptive, base = optim.sgd { lr = 0.05,
        momentum = 0.9, weight_decay = 0.1 } }
      near(reference(o, { 1, -2, 0.5, 0.3 }, 12), trained(value, { 1, -2, 0.5, 0.3 }, 12))
    end)
  end

  it("is its base where rho is 0, whatever that is", function()
    for _, base in ipairs { optim.adamw { lr = 0.1, weight_decay = 0.1 }, optim.lion { lr = 0.01 },
      optim.prodigy { d0 = 0.01 }, optim.lamb() } do
      assert.same(trained(base, { 1, -2, 0.5, 0.3 }, 5),
        trained(optim.sam { base = base, rho = 0 }, { 1, -2, 0.5, 0.3 }, 5))
    end
  end)

  it("clips the second gradient alone", function()
    local value = optim.sam { base = optim.sgd { lr = 1 }, rho = 1 }
    local x = trained(value, { 0, 0, 0, 1 }, 1, { clip = { norm = 0.5 } })
    near({ 0, 0, 0, 0.5 }, x)
  end)

  it("has its base's groups, and rho may be a schedule", function()
    local clock = { lr = 0.1, steps_per_epoch = 2, total_steps = 4 }
    local value = optim.sam { rho = schedule.constant { value = 1 }, base = optim.sgd { lr = 0.1,
      groups = { { match = "b", lr = 0 } } } }
    -- The gradient (0, 0, 1, 8) is 8.06 long; the third weight goes away by 1 / 8.06.
    near({ 0, 0, 1 - 0.1 * (1 + 1 / math.sqrt(65)), 1 },
      trained(value, { 0, 0, 1, 1 }, 1, { clock = clock }))
  end)

  it("has a rate of its own where one is set, and tells its base's otherwise", function()
    local value = optim.sam { base = optim.sgd { lr = 0.1, weight_decay = 0.5 } }
    assert.equal(0.1, value.opts.lr)
    local changed = options.with(value, { lr = 0.3 })
    assert.equal(0.3, changed.opts.base.opts.lr)
    assert.equal(0.5, changed.opts.weight_decay)
    assert.equal(0.2, options.with(value, { base = optim.sgd { lr = 0.2 } }).opts.lr)
  end)

  it("has its base's matrices, which the network's layers say", function()
    local names, shapes = { "1.linear.weight", "2.linear.weight" }, { { 3, 2 }, { 2, 3 } }
    local model = nn.sequential { nn.linear(3), nn.linear(2) }:build { 2 }
    local base = optim.muon { lr = 0.1 }
    local own, want = optim.sam { base = base }:config(names, shapes, nil, model),
      base:config(names, shapes, nil, model)
    assert.equal("makes the output", want.taken[2].why)
    assert.same(want.taken, own.taken)
    assert.same(want.matrices, own.matrices)
  end)

  it("has the factors that its base has", function()
    local names, shapes = { "a", "b" }, { { 3 }, { 2 } }
    local base = optim.sgd { lr = 0.1 }
    local own = optim.sam { base = base }:config(names, shapes, { a = { lr = 0.5 } })
    local want = base:config(names, shapes, { a = { lr = 0.5 } })
    assert.is_true(#want.factors > 1)
    assert.same(want.factors, own.factors)
    local w = tensor.new({ 1 }, { 1 })
    local bound = optim.sam { base = base, rho = 0 }:bind({ w = w }, { w = { lr = 0.5 } })
    bound:update { grads = { w = tensor.new({ 1 }, { 1 }) }, again = function()
      return { w = tensor.new({ 1 }, { 1 }) }
    end }
    near({ 0.95 }, w:values())
    assert.matches("sam_spec.lua:%d+: transfer: how rates of optim.sam go with width is not known",
      select(2, pcall(optim.sam({ base = base }).width_factors, optim.sam { base = base })))
  end)

  it("keeps what its base keeps, and the weights while it is away", function()
    assert.equal(1, optim.sam { base = optim.sgd { lr = 1 } }:moments())
    assert.equal(3, optim.sam { base = optim.adam() }:moments())
  end)

  it("says what is wrong with it", function()
    local function refused(keys)
      return (select(2, pcall(optim.sam, keys)))
    end
    local base = optim.sgd { lr = 0.1 }
    assert.matches("sam_spec.lua:%d+: optim.sam: 'base' is missing", refused {})
    assert.matches("'base' is .*, want optim.NAME", refused { base = nn.relu() })
    assert.matches("'base' is optim.sam, want an optimizer that takes one gradient",
      refused { base = optim.sam { base = base } })
    assert.matches("'rho' is %-1, want a number at least 0", refused { base = base, rho = -1 })
    assert.matches("unknown key 'momentum'", refused { base = base, momentum = 0.9 })
    assert.error_matches(function()
      optim.sam { base = base }:bind { w = tensor.new { 1 } }:update { grads = {
        w = tensor.new { 1 } } }
    end, "optim.sam: update: it takes 2 gradients of the same batch")
  end)
end)

describe("a run with optim.sam", function()
  local function fit(optimizer, changes)
    local keys = {
      data = data.digits { limit = 64, batch = 32, shuffle = false }, seed = 3, steps = 1,
      model = nn.sequential { nn.linear(8), nn.batchnorm(), nn.relu(), nn.dropout(0.3),
        nn.linear(10) }, optimizer = optimizer,
    }
    for key, item in pairs(changes or {}) do
      keys[key] = item
    end
    return train.fit(recipe(keys), { record = false, quiet = true })
  end
  local SGD = optim.sgd { lr = 0.1 }
  local SAM = optim.sam { base = SGD, rho = 0.5 }

  it("reports loss, gradient norm and running statistics of the weights themselves", function()
    local a, plain = fit(SGD)
    local b, around = fit(SAM)
    assert.equal(a.last.train_loss, b.last.train_loss)
    assert.equal(a.last.grad_norm, b.last.grad_norm)
    assert.are_not.equal(a.digest, b.digest)
    for name, t in pairs(plain.model:buffers()) do
      assert.same(t:values(), around.model:buffers()[name]:values(), name)
    end
  end)

  it("goes away once for the batches of an accumulated update", function()
    local function weights(batch, accumulate)
      local _, run = fit(SAM, {
        data = data.digits { limit = 96, batch = batch, shuffle = false }, accumulate = accumulate,
        model = nn.sequential { nn.linear(8), nn.tanh(), nn.linear(10) }, steps = 2,
      })
      return run.model:params()
    end
    local whole = weights(48, 1)
    for name, t in pairs(weights(12, 4)) do
      local values = whole[name]:values()
      for i, x in ipairs(t:values()) do
        assert.near(values[i], x, 1e-6)
      end
    end
  end)
end)
