-- nn.attention and what stands around it: what a step may take from, what is refused.

local files = require "support.files"
local nn = require "lrrun.nn"
local noise = require "support.noise"
local sys = require "lrrun.native.sys"
local tensor = require "lrrun.native.tensor"

local function refused(text, f, ...)
  assert.matches(text, files.failure(f, ...) or "nothing", 1, true)
end

-- Output (t, width) of one sample of t steps, whose last steps from `changed` on are others.
local function output(layer, t, width, changed)
  local values = noise(t * width)
  for i = changed and (changed - 1) * width + 1 or #values + 1, #values do
    values[i] = -values[i]
  end
  local model = layer:build({ t, width }, { batch = 1, seed = 3 })
  return model:forward(tensor.new({ 1, t, width }, values)):values()
end

-- The first step whose output differs.
local function first_other(layer, t, width, changed)
  local a, b = output(layer, t, width), output(layer, t, width, changed)
  for i = 1, #a do
    if a[i] ~= b[i] then
      return (i - 1) // width + 1
    end
  end
  return nil
end

local function step_of(layer, batch, dropout_step)
  local m = layer:build({ 5, 8 }, { batch = 2, seed = 1 })
  m.step_count = dropout_step
  m:step({ x = tensor.new({ 2, 5, 8 }, noise(80)), y = tensor.new({ 2, 5, 8 }, noise(80, 3)) },
    nn.mse(), batch)
  local out = {}
  for name, g in pairs(m:grads()) do
    out[name] = g:values()
  end
  return out
end

describe("nn.attention", function()
  it("looks at no later step where it is causal, whatever tile that is in", function()
    for _, at in ipairs { 2, 64, 65, 66, 130 } do
      assert.equal(at, first_other(nn.attention { 2, causal = true, rope = true }, 131, 8, at))
      assert.equal(1, first_other(nn.attention { 2 }, 131, 8, at))
    end
  end)

  it("of a sequence is that of its steps alone", function()
    local layer = nn.attention { 2, kv_heads = 1, qk_norm = true }
    local long = layer:build({ 70, 8 }, { batch = 2, seed = 3, seq = true })
    local short = layer:build({ 66, 8 }, { batch = 1, seed = 3 })
    local x = noise(2 * 70 * 8)
    local y = long:forward(tensor.new({ 2, 70, 8 }, x), { len = tensor.new({ 2 }, { 66, 70 },
      "i32"), t = 70 }):values()
    local want = short:forward(tensor.new({ 1, 66, 8 }, table.move(x, 1, 66 * 8, 1, {}))):values()
    for i, v in ipairs(want) do
      assert.near(v, y[i], 1e-6)
    end
  end)

  it("of heads that share keys is that of heads with equal ones", function()
    local shared = nn.attention { 4, kv_heads = 2, causal = true }:build({ 9, 16 }, { seed = 5 })
    local own = nn.attention { 4, causal = true }:build({ 9, 16 }, { seed = 6 })
    local from, rows = shared:params().weight_qkv:values(), {}
    -- rows of queries; of keys and values each group of 4 for both heads that share it
    for r = 0, 47 do
      local part = r < 16 and 0 or (r - 16) // 16
      local row = r < 16 and r or 16 + part * 8 + (r - 16) % 16 // 8 * 4 + r % 4
      table.move(from, row * 16 + 1, row * 16 + 16, r * 16 + 1, rows)
    end
    own:params().weight_qkv:set(rows)
    own:params().weight_out:set(shared:params().weight_out:values())
    local x = tensor.new({ 1, 9, 16 }, noise(144))
    local a, b = shared:forward(x):values(), own:forward(x):values()
    for i, v in ipairs(a) do
      assert.near(v, b[i], 1e-6)
    end
  end)

  it("drops other weights in each step, and the same in the same", function()
    local layer = nn.attention { 2, dropout = 0.5 }
    local again = step_of(layer, nil, 4)
    assert.same(again, step_of(layer, nil, 4))
    local other = step_of(layer, nil, 5)
    assert.is_false(again.weight_qkv[1] == other.weight_qkv[1])
    local model = layer:build({ 5, 8 }, { seed = 1 })
    local x = tensor.new({ 1, 5, 8 }, noise(40))
    local plain = nn.attention(2):build({ 5, 8 }, { seed = 1 })
    assert.same(plain:forward(x):values(), model:forward(x):values())
  end)

  it("turns by places alone with rope: what is shifted has the same scores", function()
    local m = nn.attention { 1, rope = true, causal = true }:build({ 3, 4 }, { seed = 2 })
    local x = { 0.1, -0.4, 0.8, 0.3, 0.1, -0.4, 0.8, 0.3, 0.1, -0.4, 0.8, 0.3 }
    local y = m:forward(tensor.new({ 1, 3, 4 }, x)):values()
    for i = 5, 12 do -- equal values at each step: whatever the weights, the same is taken
      assert.near(y[(i - 1) % 4 + 1], y[i], 1e-6)
    end
  end)

  it("starts as torch.nn.MultiheadAttention does", function()
    local p = nn.attention(2):build({ 3, 16 }, { seed = 1 }):params()
    local bound, largest = math.sqrt(6 / (16 + 48)), 0
    for _, v in ipairs(p.weight_qkv:values()) do
      largest = math.max(largest, math.abs(v))
    end
    assert.truthy(largest < bound and largest > 0.95 * bound)
    for _, name in ipairs { "bias_qkv", "bias_out" } do
      for _, v in ipairs(p[name]:values()) do
        assert.equal(0, v)
      end
    end
  end)

  it("says what does not fit", function()
    refused("nn.attention: the input has 10 features, which 4 heads do not divide; want heads = 2 "
      .. "or 5", nn.attention().build, nn.attention(), { 3, 10 })
    refused("nn.attention: 'kv_heads' is 3, and heads is 4: want a number that divides it",
      nn.attention, { 4, kv_heads = 3 })
    refused("rope turns pairs of features and a head has 3 (6 features, 2 heads): want an even "
      .. "number", nn.attention().build, nn.attention { 2, rope = true }, { 3, 6 })
    refused("nn.attention: the input is (3, 4, 4), want (time, features): nn.tokens() makes a "
      .. "sequence of an image", nn.attention().build, nn.attention(), { 3, 4, 4 })
    refused("nn.attention: the input holds tokens: nn.embedding goes before it",
      nn.attention().build, nn.attention(), { 5 }, { dtype = "i32" })
    refused("nn.attention: 'rope' is 1, want a number above 1", nn.attention,
      { rope = 1 })
  end)

  -- Gradients of n samples with these lengths, on so many threads.
  local function gradients(layer, n, t, len, threads)
    sys.threads(threads)
    local model = layer:build({ t, 12 }, { batch = n, seed = 2, seq = true })
    model:forward(tensor.new({ n, t, 12 }, noise(n * t * 12)), { train = true,
      len = tensor.new({ n }, len, "i32"), t = t })
    local dx = model:backward(tensor.new({ n, t, 12 }, noise(n * t * 12, 5))):values()
    local out = {}
    for i, length in ipairs(len) do -- what stands past the length is anybody's
      table.move(dx, (i - 1) * t * 12 + 1, ((i - 1) * t + length) * 12, #out + 1, out)
    end
    return { out, model:grads().weight_qkv:values() }
  end

  it("gives the same bits for any number of threads, few heads of many steps too", function()
    local before = sys.threads()
    for _, causal in ipairs { true, false } do
      for _, case in ipairs { { 1, 1, { 300 } }, { 3, 1, { 321 } }, { 2, 2, { 260, 70, 1 } },
        { 2, 1, { 200, 64, 193, 128, 257 } } } do
        local heads, kv_heads, len = table.unpack(case)
        local layer = nn.attention { heads, kv_heads = kv_heads, causal = causal, dropout = 0.2 }
        local t = math.max(table.unpack(len))
        local one = gradients(layer, #len, t, len, 1)
        for _, threads in ipairs { 2, 3, 4 } do
          assert.same(one, gradients(layer, #len, t, len, threads))
        end
      end
    end
    sys.threads(before)
  end)

  it("takes memory that grows with the steps, not with their square", function()
    local function bytes(t)
      local sum = 0
      for _, n in pairs(nn.attention(1):build({ t, 64 }, { batch = 1 }).graph:memory()) do
        sum = sum + n
      end
      return sum
    end
    assert.truthy(bytes(4096) < 20e6)
    assert.truthy(bytes(8192) < 2.1 * bytes(4096))
  end)

  it("refuses what would not fit into memory before it takes any", function()
    refused("", nn.attention(1).build, nn.attention(1), { 2 ^ 30 | 0, 2 ^ 20 | 0 })
  end)
end)

describe("layers of steps", function()
  local SEQ = { batch = 2, seq = true, seed = 1 }
  local X = tensor.new({ 2, 3, 2 }, { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 })
  local LEN = tensor.new({ 2 }, { 2, 3 }, "i32")

  it("take each sample's own last one, or the first", function()
    local last, first = nn.last():build({ 3, 2 }, SEQ), nn.first():build({ 3, 2 }, SEQ)
    assert.same({ 3, 4, 11, 12 }, last:forward(X, { len = LEN }):values())
    assert.same({ 1, 2, 7, 8 }, first:forward(X, { len = LEN }):values())
    local shape, seq = last:shape()
    assert.same({ 2 }, shape)
    assert.is_false(seq)
  end)

  it("make a sequence of fixed length of an image", function()
    local m = nn.tokens():build({ 2, 2, 3 })
    local y = m:forward(tensor.new({ 1, 2, 2, 3 }, { 1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60 }))
    assert.same({ 1, 6, 2 }, y:shape())
    assert.same({ 1, 10, 2, 20, 3, 30, 4, 40, 5, 50, 6, 60 }, y:values())
  end)

  it("say what they take", function()
    refused("nn.last: the input is (4), want (time, features): it has no steps", nn.last().build,
      nn.last(), { 4 })
    refused("nn.last: the input is (3, 8, 8), want (time, features): nn.tokens() makes a sequence "
      .. "of an image", nn.last().build, nn.last(), { 3, 8, 8 }) -- of a channel there is no time
    refused("nn.first: the input holds tokens: nn.embedding goes before it", nn.first().build,
      nn.first(), { 4 }, { dtype = "i32" })
    refused("nn.tokens: the input is (4, 5), want an image (channels, h, w): "
      .. "nn.conv1d and nn.global_avgpool() go over steps; nn.reshape{1, 4, 5} makes one",
      nn.tokens().build, nn.tokens(), { 4, 5 })
  end)
end)

describe("a size that no tensor has", function()
  it("is said with the tensor", function()
    for _, layer in ipairs { nn.linear(2 ^ 40 | 0), nn.swiglu { 2, hidden = 2 ^ 31 | 0 },
      nn.positions(2 ^ 40 | 0), nn.gru(2 ^ 31 | 0) } do
      refused(": a size is at most 2147483647", layer.build, layer, { 2, 2 })
    end
    refused("nn.linear: weight would be (1099511627776, 2): a size is at most 2147483647",
      nn.linear(1).build, nn.linear(2 ^ 40 | 0), { 2 })
  end)
end)

describe("nn.positions", function()
  it("adds waves: sine and cosine in turn", function()
    local m = nn.positions { kind = "sinusoidal" }:build { 3, 4 }
    local y = m:forward(tensor.new { 1, 3, 4 }):values()
    for t = 0, 2 do
      for k, f in ipairs { math.sin, math.cos, math.sin, math.cos } do
        local angle = t / 10000 ^ ((k - 1) // 2 * 2 / 4)
        assert.near(f(angle), y[t * 4 + k], 1e-6)
      end
    end
    assert.is_nil(next(m:params()))
  end)

  it("takes its length from the data where none is said", function()
    local p = nn.positions():build({ 7, 4 }):params()
    assert.same({ 7, 4 }, p.weight:shape())
  end)

  it("says what does not fit", function()
    refused("nn.positions: length is 4, and the input has 5 steps: want that many or more",
      nn.positions().build, nn.positions(4), { 5, 8 })
    refused("nn.positions: the input is (8), want (time, features)", nn.positions().build,
      nn.positions(), { 8 })
    refused("nn.positions: 'init' is given, and sinusoidal positions have no weights",
      nn.positions, { kind = "sinusoidal", init = nn.zeros() })
    refused("nn.positions: the input holds tokens: nn.embedding goes before it",
      nn.positions().build, nn.positions(), { 5 }, { dtype = "i32" })
  end)
end)

describe("nn.swiglu", function()
  it("has as many outputs as inputs, and 8/3 of them inside, where nothing is said", function()
    local p = nn.swiglu():build({ 96 }):params()
    assert.same({ 256, 96 }, p.weight_gate:shape())
    assert.same({ 256, 96 }, p.weight_up:shape())
    assert.same({ 96, 256 }, p.weight_down:shape())
    assert.is_nil(p.bias_gate)
  end)
end)

describe("nn.rmsnorm", function()
  it("of zeros is zeros", function()
    local m = nn.rmsnorm():build { 4 }
    assert.same({ 0, 0, 0, 0 }, m:forward(tensor.new { 1, 4 }):values())
    assert.near(1000, m:backward(tensor.new({ 1, 4 }, { 1, 1, 1, 1 })):values()[1], 0.1)
  end)
end)
