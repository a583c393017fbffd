-- Values that backward makes again instead of keeping them: less memory, and the same bits in
-- everything that a run can be.

local builder = require "lrrun.nn.builder"
local data = require "lrrun.data"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local program = require "support.program"
local recipe = require "lrrun.recipe".new
local sys = require "lrrun.native.sys"
local train = require "lrrun.language.train"

local QUIET = { record = false, quiet = true }

local BLOCKS = {
  pre = nn.transformer { 2, heads = 2, causal = true, dropout = 0.2 },
  post = nn.transformer { 2, heads = 2, norm = "post", activation = "relu" },
  gated = nn.transformer { 2, heads = 4, kv_heads = 2, causal = true, rope = true, qk_norm = true,
    rmsnorm = true, activation = "swiglu" },
}

-- A run of a recipe whose network keeps no more than `bytes` of its activations.
local function fit(blocks, changes, bytes)
  local new = builder.new
  local r = { steps = 4, seed = 3, optimizer = optim.adamw { lr = 1e-2 },
    data = data.random { tokens = 17, length = 12, task = "lm", n = 24, batch = 8, val = 0.25 },
    model = nn.sequential { nn.embedding(16), nn.positions(), blocks, nn.linear(17) } }
  for key, value in pairs(changes) do
    r[key] = value
  end
  builder.new = function(context)
    local b = new(context)
    b.graph:keep(bytes)
    return b
  end
  local ok, result, run = pcall(train.fit, recipe(r), QUIET)
  builder.new = new
  assert(ok, result)
  return result, run
end

local function same(blocks, changes)
  local want, whole = fit(blocks, changes, 1 << 40)
  local got, run = fit(blocks, changes, 0)
  local memory, again = run.model.graph:memory()
  local kept, none = whole.model.graph:memory()
  assert.equal(0, none)
  assert.is_true(again > 0)
  assert.is_true(memory.activations < kept.activations)
  for name, t in pairs(whole.model:params()) do
    assert.same(t:values(), run.model:params()[name]:values(), name)
  end
  assert.equal(want.last.train_loss, got.last.train_loss)
  assert.equal(want.last.val_loss, got.last.val_loss)
end

describe("A network whose backward makes values again", function()
  for name, blocks in pairs(BLOCKS) do
    it(("trains to the same bits: %s blocks"):format(name), function()
      same(blocks, {})
    end)
  end

  it("does so in shards, over accumulated batches and beside an average of weights", function()
    same(BLOCKS.pre, { shards = 3 })
    same(BLOCKS.pre, { accumulate = 2, average = { kind = "ema", decay = 0.9 } })
  end)

  it("does so with optimizers that want several gradients for an update", function()
    same(BLOCKS.gated, { optimizer = optim.lbfgs { lr = 0.5 }, accumulate = 3 })
    same(BLOCKS.pre, { optimizer = optim.sam { base = optim.sgd { lr = 0.1 }, rho = 0.05 } })
  end)

  it("is one whose activations are many, and plan says so", function()
    local folder = program.folder(finally)
    program.write(folder .. "/large.lua", [[
return recipe { steps = 1, optimizer = optim.adamw { lr = 1e-3 },
  data = data.random { tokens = 96, length = 2560, task = "lm", n = 2, batch = 1, val = 0 },
  model = nn.sequential { nn.embedding(256), nn.positions(),
    nn.transformer { 6, heads = 8, causal = true }, nn.linear(96) } }]])
    local code, out, err = program.run_in(folder, "plan large.lua")
    assert.equal(0, code, err)
    local kept = sys.real == "f64" and "5" or "2" -- twice as many bytes
    assert.match("activations 1[5-9]%d%.%d MiB", out)
    assert.match("backward makes %d+ values again instead of keeping " .. kept
      .. "%d%d%.%d MiB of activations", out)
  end)
end)
