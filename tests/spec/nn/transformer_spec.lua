-- nn.transformer: the layers it stands for, how they start, their gradients; and one in runs.

local data = require "lrrun.data"
local files = require "support.files"
local nn = require "lrrun.nn"
local noise = require "support.noise"
local optim = require "lrrun.optim"
local recipe = require("lrrun.recipe").new
local train = require "lrrun.language.train"
local program = require "support.program"
local tensor = require "lrrun.native.tensor"

local DOUBLE = tensor.new({ 1 }, { 1 + 1e-12 }):values()[1] ~= 1
local EPS = DOUBLE and 1e-5 or 2e-3
local TOLERANCE = DOUBLE and 1e-6 or 5e-2

local function refused(text, f, ...)
  assert.matches(text, files.failure(f, ...) or "nothing", 1, true)
end

local function names_of(model)
  local names = {}
  for i, s in ipairs((model.graph:segments())) do
    names[i] = s.name
  end
  return table.concat(names, " ")
end

local function deviation(t)
  local sum = 0
  for _, v in ipairs(t:values()) do
    sum = sum + v * v
  end
  return math.sqrt(sum / #t)
end

-- The shorthand, and the layers written out, with parameters in the same order.
local function same(short, long)
  local a = short:build({ 5, 8 }, { batch = 2, seed = 1 })
  local b = long:build({ 5, 8 }, { batch = 2, seed = 2 })
  local p, q, from, to = a:params(), b:params(), a.graph:segments(), b.graph:segments()
  assert.equal(#from, #to)
  for i, s in ipairs(from) do
    assert.same(s.shape, to[i].shape)
    q[to[i].name]:set(p[s.name]:values())
  end
  local x = tensor.new({ 2, 5, 8 }, noise(80))
  assert.same(a:forward(x):values(), b:forward(x):values())
end

describe("nn.transformer", function()
  it("is what its blocks are, written out", function()
    local attention = { 2, causal = true, kv_heads = 1, rope = 100, qk_norm = true }
    local function block()
      return nn.residual { nn.layernorm(), nn.attention(attention) },
        nn.residual { nn.layernorm(), nn.linear(24), nn.gelu(), nn.linear(8) }
    end
    local a, b = block()
    local c, d = block()
    same(nn.transformer { 2, heads = 2, mlp = 3, causal = true, kv_heads = 1, rope = 100,
      qk_norm = true }, nn.sequential { a, b, c, d, nn.layernorm() })
    same(nn.transformer { 1, heads = 2, norm = "post", rmsnorm = true, activation = "relu",
      bias = false }, nn.sequential {
      nn.residual { nn.attention { 2, bias = false } }, nn.rmsnorm(),
      nn.residual { nn.linear { 32, bias = false }, nn.relu(), nn.linear { 8, bias = false } },
      nn.rmsnorm() })
    same(nn.transformer { 1, heads = 2, activation = "swiglu" }, nn.sequential {
      nn.residual { nn.layernorm(), nn.attention(2) },
      nn.residual { nn.layernorm(), nn.swiglu { 8, hidden = 64, bias = true } }, nn.layernorm() })
  end)

  it("names its parameters by block and half", function()
    local m = nn.sequential { nn.linear(8), nn.transformer { 1, heads = 2, bias = false } }
    assert.equal("1.linear.weight 1.linear.bias 2.1.1.residual.1.layernorm.weight "
      .. "2.1.1.residual.1.layernorm.bias 2.1.1.residual.2.attention.weight_qkv "
      .. "2.1.1.residual.2.attention.weight_out 2.1.2.residual.1.layernorm.weight "
      .. "2.1.2.residual.1.layernorm.bias 2.1.2.residual.2.linear.weight "
      .. "2.1.2.residual.4.linear.weight 2.2.layernorm.weight 2.2.layernorm.bias",
      names_of(m:build { 4, 8 }))
  end)

  it("starts as GPT-2 does with one word", function()
    local p = nn.transformer { 8, heads = 4, init = "gpt2" }:build({ 4, 64 }, { seed = 1 }):params()
    local small = 0.02 / math.sqrt(16)
    for name, std in pairs {
      ["3.1.residual.2.attention.weight_qkv"] = 0.02,
      ["3.1.residual.2.attention.weight_out"] = small,
      ["3.2.residual.2.linear.weight"] = 0.02, ["3.2.residual.4.linear.weight"] = small,
    } do
      assert.near(std, deviation(p[name]), 0.05 * std)
    end
    for name, t in pairs(p) do
      if name:find "bias" then
        assert.equal(0, deviation(t))
      end
    end
  end)

  it("has the gradient of differences, every option on", function()
    for _, norm in ipairs { "pre", "post" } do
      local m = nn.sequential { nn.embedding { 8, vocab = 6, name = "tok" }, nn.positions(),
        nn.transformer { 2, heads = 2, kv_heads = 1, causal = true, rope = 50, qk_norm = true,
          norm = norm, activation = norm == "pre" and "swiglu" or "gelu", mlp = 1 },
        nn.linear { tied = "tok" } }:build({ 5 }, { batch = 2, seed = 3, dtype = "i32" })
      local batch = { x = tensor.new({ 2, 5 }, { 0, 3, 5, 1, 1, 2, 4, 0, 0, 5 }, "i32"),
        y = tensor.new({ 2, 5 }, { 3, 5, 1, 1, 2, 4, 0, 0, 5, 1 }, "i32") }
      local loss, grads, largest = nn.cross_entropy(), {}, 0
      m:step(batch, loss)
      for name, g in pairs(m:grads()) do
        grads[name] = g:values()
        for _, v in ipairs(grads[name]) do
          largest = math.max(largest, math.abs(v))
        end
      end
      for name, p in pairs(m:params()) do
        local values = p:values()
        for i = 1, #values, math.max(1, #values // 5) | 1 do
          local v = values[i]
          local function at(e)
            values[i] = v + e
            p:set(values)
            values[i] = v
            return (m:evaluate(batch, loss))
          end
          local want = (at(EPS) - at(-EPS)) / (2 * EPS)
          p:set(values)
          assert.near(want, grads[name][i], TOLERANCE * math.max(math.abs(want), 0.1 * largest),
            name)
        end
      end
    end
  end)

  it("says what does not fit, at its own line", function()
    refused("nn.transformer: the input is (8), want (time, features)", nn.transformer(1).build,
      nn.transformer(1), { 8 })
    refused("nn.transformer: the input holds tokens: nn.embedding goes before it",
      nn.transformer(1).build, nn.transformer(1), { 8 }, { dtype = "i32" })
    refused("nn.attention: the input has 8 features, which 3 heads do not divide; want heads = 2 "
      .. "or 4", nn.transformer(1).build, nn.transformer { 1, heads = 3 }, { 4, 8 })
    refused("nn.transformer: 'norm' is 'before'; want 'pre' or 'post'", nn.transformer,
      { 1, norm = "before" })
    refused("nn.transformer: 'mlp' is 5000, want a number at most 4096 and above 0",
      nn.transformer, { 1, mlp = 5000 })
    refused("nn.transformer: 'kv_heads' is 3, and heads is 4", nn.transformer, { 1, kv_heads = 3 })
    local code, _, err = program.recipe(finally, [[
return recipe {
  data = data.random { tokens = 9, length = 6, task = "lm", n = 8, batch = 4, val = 0 },
  model = nn.sequential {
    nn.embedding(10),
    nn.transformer { 1, heads = 3 }, nn.linear(9) },
  optimizer = optim.sgd { lr = 0.1 }, epochs = 1,
}]])
    assert.equal(1, code)
    assert.matches(":5: nn.attention: the input has 10 features, which 3 heads do not divide; "
      .. "want heads = 2 or 5", err, 1, true)
  end)
end)

describe("gradient norms of a transformer", function()
  it("are kept of each block, beside those of its parameters", function()
    local result = train.fit(recipe {
      data = data.random { tokens = 9, length = 6, task = "lm", n = 8, batch = 8, val = 0 },
      model = nn.sequential { nn.embedding(8), nn.transformer { 2, heads = 2 }, nn.linear(9) },
      optimizer = optim.sgd { lr = 0.1 }, epochs = 1, metrics = { "grad_norms" },
    }, { record = false, quiet = true })
    for _, block in ipairs { "2.1", "2.2" } do
      local sum = 0
      for name, norm in pairs(result.grad_norms) do
        if name:sub(1, 4) == block .. "." then
          sum = sum + norm.mean ^ 2
        end
      end
      assert.truthy(sum > 0)
      assert.near(math.sqrt(sum), result.grad_norms[block].mean, 1e-9)
      assert.near(math.sqrt(sum), result.grad_norms[block].max, 1e-9)
    end
    assert.is_nil(result.grad_norms["2.3"])
  end)
end)

local RECIPE = [[
return recipe {
  name = "t", seed = 3,
  data = data.random { tokens = 11, length = 70, task = "lm", n = 24, batch = 4, val = 0.25 },
  model = nn.sequential {
    nn.embedding { 12, name = "tok", init = nn.normal(0.02) }, nn.positions(),
    nn.transformer { 2, heads = 2, kv_heads = 1, causal = true, rope = true, qk_norm = true,
      dropout = schedule.linear { from = 0.3, to = 0.1 }, init = "gpt2" },
    nn.linear { tied = "tok" } },
  optimizer = optim.adamw { lr = 3e-3 }, epochs = 3, accumulate = 2, metrics = { "grad_norms" },
}]]

describe("a transformer in a run", function()
  local function digest(out)
    return out:match '"digest":%s*"(%x+)"'
  end

  it("has one digest on any number of threads and any instruction set", function()
    local folder = program.folder(finally)
    program.write(folder .. "/t.lua", RECIPE)
    local function run(how, before)
      local code, out, err = program.run_in(folder, "--json --quiet t.lua " .. how, before)
      assert.equal(0, code, err)
      return digest(out)
    end
    local one = run "--threads 1"
    assert.is_string(one)
    for threads = 2, 4 do
      assert.equal(one, run("--threads " .. threads))
    end
    local portable = run "--portable"
    assert.equal(portable, run("--portable --threads 3", "LRRUN_ISA=sse2"))
  end)

  it("goes on exactly where it was, and is replayed", function()
    local folder = program.folder(finally)
    program.write(folder .. "/t.lua", RECIPE)
    local code, _, err = program.run_in(folder, "verify-resume t.lua --quiet")
    assert.equal(0, code, err)
    assert.equal(0, (program.run_in(folder, "t.lua --quiet --out runs")))
    assert.equal(0, (program.run_in(folder, "pack runs/t-1 -o t.yaml")))
    code, _, err = program.run_in(folder, "replay t.yaml --quiet")
    assert.equal(0, code, err)
  end)
end)
