-- The operators of transformers beside plain Lua, and what they refuse.

local native = require "lrrun.native.graph"
local one_op = require "support.one_op"

local function refusal(op, inputs, attrs)
  local g, ids = native.new(), {}
  for i, x in ipairs(inputs) do
    ids[i] = g:input(x, "real", x.seq or false, false)
  end
  local ok, message = pcall(g.op, g, op, ids, attrs or {})
  assert.is_false(ok)
  return message
end

-- softmax(q k / sqrt(size)) v of one sample's rows, as it stands in the paper.
local function attend(x, t, o)
  local width, y = (o.heads + 2 * o.kv_heads) * o.size, {}
  local function at(step, head, i)
    return x[step * width + head * o.size + i + 1]
  end
  for h = 0, o.heads - 1 do
    local kv = h * o.kv_heads // o.heads
    for i = 0, t - 1 do
      local weights, sum = {}, 0
      for j = 0, o.causal and i or t - 1 do
        local s = 0
        for k = 0, o.size - 1 do
          s = s + at(i, h, k) * at(j, o.heads + kv, k)
        end
        weights[j] = math.exp(s / math.sqrt(o.size))
        sum = sum + weights[j]
      end
      for k = 0, o.size - 1 do
        local v = 0
        for j = 0, o.causal and i or t - 1 do
          v = v + weights[j] / sum * at(j, o.heads + o.kv_heads + kv, k)
        end
        y[i * o.heads * o.size + h * o.size + k + 1] = v
      end
    end
  end
  return y
end

describe("attention", function()
  it("is what the formula says, for shapes on both sides of a tile", function()
    for i, t in ipairs { 1, 2, 63, 64, 65, 129 } do
      for _, causal in ipairs { true, false } do
        local o = { heads = 4, kv_heads = i % 2 == 0 and 2 or 1, size = 3, causal = causal }
        local width = (o.heads + 2 * o.kv_heads) * o.size
        local x = one_op.values(t * width, one_op.noise(i))
        local got = one_op.run("attention", { { shape = { t, width }, values = x } },
          { heads = o.heads, kv_heads = o.kv_heads, causal = causal }, { n = 1 })
        for k, v in ipairs(attend(x, t, o)) do
          assert.near(v, got.y[k], 2e-6)
        end
      end
    end
  end)

  it("of large scores is that of the largest", function()
    local x = { 100, 100, 1, 100, -100, 2, -100, 99, 3 }
    local got = one_op.run("attention", { { shape = { 3, 3 }, values = x } },
      { heads = 1, kv_heads = 1 }, { n = 1 })
    assert.same({ 1, 1, 2 }, got.y)
  end)

  it("shows what is not finite", function()
    local x = one_op.values(66 * 3, one_op.noise(1))
    x[1] = 0 / 0
    local got = one_op.run("attention", { { shape = { 66, 3 }, values = x } },
      { heads = 1, kv_heads = 1, causal = true }, { n = 1 })
    assert.is_true(got.y[1] ~= got.y[1])
  end)
end)

describe("operators of transformers", function()
  it("say what does not fit", function()
    for _, case in ipairs {
      { "attention", { { 4, 10 } }, { heads = 2, kv_heads = 1 },
        "attention: input is (4, 10), heads is 2, kv_heads is 1: want (time, 4 times a head's "
          .. "size)" },
      { "attention", { { 4, 12 } }, { heads = 4, kv_heads = 3 },
        "heads is 4, kv_heads is 3: want the second to divide the first" },
      { "attention", { { 12 } }, { heads = 1, kv_heads = 1 },
        "attention: input is (12), want (time, features)" },
      { "attention", { { 4, 12 } }, { heads = 1, kv_heads = 1, dropout = 1 }, "dropout" },
      { "rope", { { 4, 9 } }, { heads = 1, kv_heads = 1, base = 100 },
        "rope: a head has 3 features, which go in pairs: want an even number" },
      { "qk_norm", { { 4, 9 }, { 3 }, { 2 } }, { heads = 1, kv_heads = 1, eps = 1e-6 },
        "qk_norm: k_norm is (2), want (3)" },
      { "rmsnorm", { { 4, 9 }, { 4 } }, { eps = 1e-6 },
        "rmsnorm: input is (4, 9), weight is (4): want (9)" },
      { "positions", { { 4, 9 }, { 3, 9 } }, {},
        "positions: input is (4, 9), weight is (3, 9): want (4 or more, 9)" },
      { "positions", { { 9 } }, {}, "positions: input is (9), want (time, features)" },
      { "swiglu", { { 4, 9 }, { 4, 8 } }, {}, "swiglu: gate is (4, 9), up is (4, 8): want one" },
      { "step", { { 4 } }, {}, "step: input is (4), want steps: (time, features)" },
      { "tokens", { { 4, 2, 2, seq = true } }, {},
        "tokens: input is a sequence (4, 2, 2), want an image (channels, h, w)" },
    } do
      assert.matches(case[4], refusal(case[1], case[2], case[3]), 1, true)
    end
  end)
end)
