-- A network that has grown against its base: how its tensors start, and what they are multiplied
-- by on the way forward (muP). By hand from Yang et al., arXiv 2203.03466, table 8.
local nn = require "lrrun.nn"

local function built(make, base, shape, opts)
  local o = { base = make(base), batch = 2, seed = 1 }
  for key, item in pairs(opts or {}) do
    o[key] = item
  end
  return function(width)
    return make(width):build(shape, o)
  end
end

local function widths(model)
  return model.builder.widths
end

-- The deviation of a tensor's numbers.
local function spread(t)
  local values, sum, squares = t:values(), 0, 0
  for _, x in ipairs(values) do
    sum, squares = sum + x, squares + x * x
  end
  return math.sqrt(squares / #values - (sum / #values) ^ 2)
end

local function check(expected, found)
  for name, want in pairs(expected) do
    local w = assert(found[name], name .. " is not there")
    assert.equal(want[1], w.role, name)
    assert.near(want[2], w.start, 1e-12, name .. ": start")
    assert.equal(want[3], w.forward, name .. ": forward")
    assert.equal(want[4] or 1, w.m_in, name .. ": m in")
    assert.equal(want[5] or 1, w.m_out, name .. ": m out")
    found[name] = nil
  end
  assert.same({}, found)
end

describe("a network against its base", function()
  it("of linear layers: input, hidden, output, biases, norms", function()
    local make = built(function(n)
      return nn.sequential { nn.linear(n), nn.layernorm(), nn.relu(), nn.linear(2 * n), nn.relu(),
        nn.linear(3) }
    end, 4, { 5 })
    check({
      ["1.linear.weight"] = { "input", 1, 1, 1, 4 }, ["1.linear.bias"] = { "vector", 1, 1, 1, 4 },
      ["2.layernorm.weight"] = { "vector", 1, 1, 1, 4 },
      ["2.layernorm.bias"] = { "vector", 1, 1, 1, 4 },
      ["4.linear.weight"] = { "hidden", 1, 1, 4, 4 },
      ["4.linear.bias"] = { "vector", 2, 1, 1, 4 },
      ["6.linear.weight"] = { "output", 2, 1 / 4, 4 }, ["6.linear.bias"] = { "fixed", 2, 1 },
    }, widths(make(16)))
  end)

  it("starts hidden tensors with deviation / sqrt(m in), all others with that of the base",
    function()
      local starts = { nn.normal(0.3), nn.he(), nn.glorot(), nn.uniform(0.4), nn.orthogonal(),
        false }
      for _, init in ipairs(starts) do
        local make = built(function(n)
          local function linear(units)
            return nn.linear { units, bias = false, init = init or nil }
          end
          return nn.sequential { linear(n), linear(n), linear(20) }
        end, 32, { 20 })
        local base, wide = make(32):params(), make(512):params()
        for name, share in pairs { ["1.linear.weight"] = 1, ["2.linear.weight"] = 1 / 4,
          ["3.linear.weight"] = 1 } do
          assert.near(1, spread(wide[name]) / (spread(base[name]) * share), 0.1,
            name .. " of " .. (init and init.kind or "none"))
        end
      end
    end)

  it("is the base itself where it is as wide: the same start, nothing more", function()
    local function make(n)
      return nn.sequential { nn.linear(n), nn.relu(), nn.linear(n), nn.linear(3) }
    end
    local plain = make(8):build({ 4 }, { seed = 3 })
    local same = make(8):build({ 4 }, { seed = 3, base = make(8) })
    for name, t in pairs(plain:params()) do
      assert.same(t:values(), same:params()[name]:values())
    end
    assert.equal(#plain.builder.rows, #same.builder.rows)
    for _, w in pairs(widths(same)) do
      assert.same({ m_in = 1, m_out = 1, role = "fixed", start = 1, forward = 1, shape = w.base,
        base = w.base }, w)
    end
  end)

  it("divides what goes into outputs by m: y = W x / m + b", function()
    local tensor = require "lrrun.tensor"
    local function make(n)
      return nn.sequential { nn.linear { n, bias = false }, nn.linear { 2 } }
    end
    local m = make(6):build({ 3 }, { base = make(2), seed = 2 })
    local p = m:params()
    local w1, w2 = p["1.linear.weight"]:values(), p["2.linear.weight"]:values()
    local b, x = p["2.linear.bias"]:values(), { 0.5, -1, 2 }
    local y = m:forward(tensor.new({ 1, 3 }, x)):values()
    for o = 1, 2 do
      local sum = 0
      for j = 1, 6 do
        for i = 1, 3 do
          sum = sum + w2[(o - 1) * 6 + j] * w1[(j - 1) * 3 + i] * x[i]
        end
      end
      assert.near(sum / 3 + b[o], y[o], 1e-5)
    end
  end)

  it("of convolutions: channels count, windows and places do not", function()
    local make = built(function(n)
      return nn.sequential { nn.conv2d { n, 3 }, nn.batchnorm(), nn.conv2d { 2 * n, 3, groups = 2 },
        nn.flatten(), nn.linear(4) }
    end, 4, { 3, 8, 8 })
    check({
      ["1.conv2d.weight"] = { "input", 1, 1, 1, 2 }, ["1.conv2d.bias"] = { "vector", 1, 1, 1, 2 },
      ["2.batchnorm.weight"] = { "vector", 1, 1, 1, 2 },
      ["2.batchnorm.bias"] = { "vector", 1, 1, 1, 2 },
      ["3.conv2d.weight"] = { "hidden", 1, 1, 2, 2 },
      ["3.conv2d.bias"] = { "vector", math.sqrt(2), 1, 1, 2 },
      ["5.linear.weight"] = { "output", math.sqrt(2), 1 / 2, 2 },
      ["5.linear.bias"] = { "fixed", math.sqrt(2), 1 },
    }, widths(make(8)))
    -- Of depthwise ones each channel has one input, however many there are.
    local depthwise = built(function(n)
      return nn.sequential { nn.conv1d { n, 3 }, nn.conv1d { n, 3, groups = n } }
    end, 4, { 6, 2 })
    assert.equal("input", widths(depthwise(8))["2.conv1d.weight"].role)
  end)

  it("of recurrent layers: from inputs, from the state", function()
    for _, kind in ipairs { "rnn", "lstm", "gru" } do
      local make = built(function(n)
        return nn.sequential { nn[kind] { n, layers = 2 }, nn.linear(2) }
      end, 4, { 5, 3 })
      local own = "1." .. kind .. "."
      check({
        [own .. "weight_ih"] = { "input", 2, 1, 1, 4 },
        [own .. "weight_hh"] = { "hidden", 1, 1, 4, 4 },
        [own .. "bias_ih"] = { "vector", 2, 1, 1, 4 },
        [own .. "bias_hh"] = { "vector", 2, 1, 1, 4 },
        [own .. "l2.weight_ih"] = { "hidden", 1, 1, 4, 4 },
        [own .. "l2.weight_hh"] = { "hidden", 1, 1, 4, 4 },
        [own .. "l2.bias_ih"] = { "vector", 2, 1, 1, 4 },
        [own .. "l2.bias_hh"] = { "vector", 2, 1, 1, 4 },
        ["2.linear.weight"] = { "output", 2, 1 / 4, 4 }, ["2.linear.bias"] = { "fixed", 2, 1 },
      }, widths(make(16)))
    end
  end)

  it("of transformers: embeddings are inputs, a tied one divides as an output does", function()
    local make = built(function(n)
      return nn.sequential { nn.embedding { n, name = "E", init = nn.normal(0.02) },
        nn.positions(), nn.attention { 2, qk_norm = true, init = nn.normal(0.02) },
        nn.swiglu { hidden = 3 * n, init = nn.normal(0.02) }, nn.linear { tied = "E" } }
    end, 8, { 5 }, { vocab = 11, seq = true })
    check({
      ["1.embedding.weight"] = { "input", 1, 1 / 4, 1, 4 },
      ["2.positions.weight"] = { "input", 1, 1, 1, 4 },
      ["3.attention.weight_qkv"] = { "hidden", 1 / 2, 1, 4, 4 },
      ["3.attention.bias_qkv"] = { "vector", 1, 1, 1, 4 },
      ["3.attention.q_norm"] = { "vector", 1, 1, 1, 4 },
      ["3.attention.k_norm"] = { "vector", 1, 1, 1, 4 },
      ["3.attention.weight_out"] = { "hidden", 1 / 2, 1, 4, 4 },
      ["3.attention.bias_out"] = { "vector", 1, 1, 1, 4 },
      ["4.swiglu.weight_gate"] = { "hidden", 1 / 2, 1, 4, 4 },
      ["4.swiglu.weight_up"] = { "hidden", 1 / 2, 1, 4, 4 },
      ["4.swiglu.weight_down"] = { "hidden", 1 / 2, 1, 4, 4 },
      ["5.linear.bias"] = { "fixed", 2, 1 },
    }, widths(make(32)))
  end)

  it("scales attention's scores by sqrt(d base) / d where heads have grown", function()
    local tensor = require "lrrun.tensor"
    -- Of one head with queries and keys alike scores are scale |q|^2: read off two steps' weights.
    local function weights_of(heads, base_heads)
      local function make(n, h)
        return nn.attention { h, bias = false, init = nn.normal(0.5) }, n
      end
      local m = make(8, heads):build({ 2, 8 }, { base = make(8, base_heads), seq = true, seed = 4 })
      local x = {}
      for i = 1, 16 do
        x[i] = math.sin(i)
      end
      return m:forward(tensor.new({ 1, 2, 8 }, x)):values(), m
    end
    local plain = weights_of(2, 2)
    local grown, m = weights_of(2, 4) -- heads of 4 in the place of 2
    assert.not_same(plain, grown)
    local p = m:params()
    local qkv, out = p["weight_qkv"]:values(), p["weight_out"]:values()
    local function row(t, w, r)
      local sum = 0
      for i = 1, 8 do
        sum = sum + w[(r - 1) * 8 + i] * math.sin((t - 1) * 8 + i)
      end
      return sum
    end
    local scale, mixed = math.sqrt(2) / 4, {}
    for h = 0, 1 do
      local e, sum = {}, 0
      for t = 1, 2 do
        local s = 0
        for i = 1, 4 do
          s = s + row(1, qkv, h * 4 + i) * row(t, qkv, 8 + h * 4 + i)
        end
        e[t] = math.exp(scale * s)
        sum = sum + e[t]
      end
      for i = 1, 4 do
        mixed[h * 4 + i] = (e[1] * row(1, qkv, 16 + h * 4 + i) + e[2] * row(2, qkv, 16 + h * 4 + i))
          / sum
      end
    end
    for o = 1, 8 do
      local sum = 0
      for i = 1, 8 do
        sum = sum + out[(o - 1) * 8 + i] * mixed[i]
      end
      assert.near(sum, grown[o], 1e-5)
    end
  end)

  it("says in a line what cannot be compared", function()
    local function says(text, wide, base, shape)
      local ok, err = pcall(function()
        return wide:build(shape or { 4 }, { base = base })
      end)
      assert.is_false(ok)
      assert.matches(text, tostring(err), 1, true)
    end
    says("transfer: the network has other tensors than its base: here alone 3.linear.bias, "
      .. "3.linear.weight; only widths may differ, not depth or kinds of layers",
      nn.sequential { nn.linear(4), nn.relu(), nn.linear(2) }, nn.sequential { nn.linear(4) })
    says("transfer: the network has other tensors than its base: in the base alone 1.linear.bias",
      nn.sequential { nn.linear { 4, bias = false } }, nn.sequential { nn.linear(4) })
    says("1.conv2d.weight is (4, 2, 5, 5), and (4, 2, 3, 3) in the base: windows of other sizes "
      .. "are no width", nn.sequential { nn.conv2d { 4, 5 } }, nn.sequential { nn.conv2d { 4, 3 } },
      { 2, 8, 8 })
    says("transfer: the base network: nn.attention: the input has 6 features, which 4 heads do not",
      nn.sequential { nn.linear(8), nn.attention(4) },
      nn.sequential { nn.linear(6), nn.attention(4) }, { 3, 5 })
  end)
end)
