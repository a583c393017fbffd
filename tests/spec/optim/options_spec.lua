local golden = require "golden.optimizer"
local optim = require "lrrun.optim"
local reference = require "support.optim_reference"
local units = require "lrrun.util.units"

-- Gradients of several sizes around a mean that differs from one parameter to the next.
local function gradients(n, steps)
  local state, rows = 12345, {}
  for k = 1, steps do
    rows[k] = {}
    for i = 1, n do
      state = (state * 1664525 + 1013904223) % 4294967296
      rows[k][i] = ((state / 4294967296 - 0.5) * 2 + 0.2 * (i % 3 - 1)) * 10 ^ (i % 4 - 2)
    end
  end
  return rows
end

local VARIANTS = {
  sgd = {
    "lr=.1", "lr=.1, momentum=.9", "lr=.1, momentum=.9, dampening=.3, weight_decay=.02",
    "lr=.1, dampening=.5", "lr=.1, momentum=.8, nesterov=true, weight_decay=.1",
    "lr=.1, momentum=.8, nesterov=true, weight_decay=.1, like='keras'", "like='keras'",
  },
  adam = {
    "", "lr=.01, betas={.8,.95}, eps=1e-3, weight_decay=.1", "lr=.01, betas={0,0}",
    "lr=.01, amsgrad=true, betas={.9,.9}",
    "amsgrad=true, like='keras', weight_decay=.1",
    "lr=.01, cautious=true", "lr=.01, cautious=true, amsgrad=true, betas={.9,.9}, weight_decay=.1",
    "lr=.01, cautious=true, like='keras', weight_decay=.1",
  },
  adamw = { "", "lr=.01, betas={.8,.95}, weight_decay=.5, amsgrad=true",
    "lr=.01, cautious=true, weight_decay=.5" },
  adamax = { "", "lr=.02, betas={.8,.9}, eps=1e-3, weight_decay=.1" },
  nadam = { "", "lr=.01, betas={.8,.95}, eps=1e-3, weight_decay=.1, momentum_decay=.5" },
  radam = { "", "lr=.01, betas={.8,.9}, eps=1e-3, weight_decay=.1", "betas={.9,.5}" },
  rmsprop = {
    "", "lr=.01, rho=.8, eps=1e-3, weight_decay=.1", "lr=.01, momentum=.9",
    "lr=.01, centered=true", "lr=.01, rho=.99, centered=true, momentum=.5, weight_decay=.1",
    "momentum=.9, like='keras'", "momentum=.9, centered=true, like='keras'",
  },
  adagrad = {
    "", "lr=.05, eps=1e-3, weight_decay=.1, lr_decay=.1, initial_accumulator=.2",
  },
  adadelta = { "", "lr=.5, rho=.8, eps=1e-4, weight_decay=.1" },
  rprop = { "", "lr=.1, etas={.3,1.5}, step_sizes={1e-3,.2}", "weight_decay=.1" },
  lion = {
    "", "lr=.01, betas={.8,.95}, weight_decay=.1",
    "lr=.01, betas={.8,.95}, weight_decay=.1, cautious=true",
  },
  adan = {
    "", "lr=.01, betas={.9,.8,.95}, eps=1e-3, weight_decay=.1",
    "lr=.01, weight_decay=.1, cautious=true",
  },
  ademamix = {
    "", "lr=.01, betas={.8,.9,.99}, eps=1e-3, weight_decay=.1, alpha=2",
    "lr=.01, warmup=40*steps, weight_decay=.1", "lr=.01, warmup=20*steps, cautious=true",
    "lr=.01, alpha=0",
  },
  -- vectors: AdamW's. Matrices: muon_spec.lua.
  muon = { "", "lr=.1, scale='rms'", "adamw={lr=.01, betas={.8,.95}, eps=1e-3, weight_decay=.5}" },
  -- vectors: Adam's, from the second update on. Matrices: soap_spec.lua.
  soap = { "", "lr=.1, betas={.8,.95}, eps=1e-3, weight_decay=.5, every=3, max_dim=4" },
  schedule_free_sgd = {
    "lr=.05", "lr=.05, momentum=.95, weight_decay=.1, warmup=10*steps", "lr=.05, momentum=.5",
  },
  schedule_free_adamw = {
    "", "lr=.02, betas={.95,.99}, eps=1e-3, weight_decay=.1, warmup=10*steps", "warmup=70*steps",
  },
  lamb = { "", "lr=.01, betas={.8,.95}, eps=1e-3, weight_decay=.1" },
  prodigy = {
    "d0=.01", "", "lr=.5, d0=1e-3, betas={.8,.95}, beta3=.9, eps=1e-3, weight_decay=.1, d_coef=2",
    "d0=.01, bias_correction=true, safeguard_warmup=true, growth_rate=1.1",
  },
  dadapt_adam = {
    "d0=.01", "", "lr=.5, d0=1e-3, betas={.8,.95}, eps=1e-3, weight_decay=.1, growth_rate=1.5",
    "d0=.01, bias_correction=true", "d0=1e-3, weight_decay=.1, growth_rate=1.1, decoupled=true",
  },
  dog = { "", "lr=.5, rel=.01, eps=1e-3, weight_decay=.1, gamma=2" },
}

-- Reference cases of kind "train" (tests/golden) and specs of their own.
local ELSEWHERE = { lbfgs = true, sam = true }

local function compare(name, text)
  local value = assert(load(("return %s {%s}"):format("optim." .. name, text), "=expr", "t",
    { optim = optim, steps = units.steps }))()
  local init, grads = { 1, -2, 0.5, 0.1, -0.7, 3, 0.01, -0.3, 2 }, gradients(9, 60)
  local params, more = reference.run(value, init, grads)
  local ok, message = golden.run {
    expr = ("optim.%s{%s}"):format(name, text), init = init, grads = grads, rtol = 2e-5,
    params = params, d = more.d, eval = more.eval,
  }
  assert.is_true(ok, message)
end

describe("every option does what the reference does", function()
  for name, variants in pairs(VARIANTS) do
    for _, text in ipairs(variants) do
      it(("optim.%s{%s}"):format(name, text), function() compare(name, text) end)
    end
    for _, like in ipairs { "pytorch", "keras" } do
      local lr = name == "sgd" and "lr=.1, momentum=.5, " or ""
      if pcall(optim[name], { like = like, lr = 0.1 }) then
        it(("optim.%s, like %s"):format(name, like), function()
          compare(name, lr .. ("weight_decay=.1, like='%s'"):format(like))
        end)
      end
    end
  end

  it("is given its rule where no other optimizer has it", function()
    local define = require "lrrun.optim.define"
    local ok, why = pcall(define, { name = "optim.x", numbers = { "eps", "beta" }, defaults = {} })
    assert.is_false(ok)
    assert.matches("optim.x: 'beta' is no number that several optimizers have", why, 1, true)
  end)

  it("knows every optimizer that there is", function()
    for name in pairs(optim) do
      assert.is_true(ELSEWHERE[name] or VARIANTS[name] ~= nil, name)
    end
  end)
end)
