-- What operators compute, refuse and leave alone; their gradients are gradcheck_spec's.

local native = require "lrrun.native.graph"
local tensor = require "lrrun.native.tensor"

local NAN, INF = 0 / 0, math.huge

local function count(shape)
  local n = 1
  for _, size in ipairs(shape) do
    n = n * size
  end
  return n
end

--- Runs one operator. inputs: list of { shape, values } (a batch in front where n is
-- given), with type = "i32" or param/buffer = true. Returns y's values, loss, correct, g.
local function run(op, inputs, attrs, opts)
  opts = opts or {}
  local g, ids, fed, n = native.new(), {}, {}, opts.n or 1
  for i, x in ipairs(inputs) do
    local shape, values = x[1], x[2]
    if x.param then
      ids[i] = g:param("p" .. i, shape, { kind = "constant", a = 0 }, true)
    elseif x.buffer then
      ids[i] = g:buffer("b" .. i, shape, values[1])
    else
      ids[i] = g:input(shape, x.type or "real", x.seq, false)
      fed[ids[i]] = tensor.new({ n, table.unpack(shape) }, values, x.type)
      assert(#values == n * count(shape))
    end
  end
  local y = g:op(op, ids, attrs or {})
  g:plan({ y }, n, opts.train or false)
  g:init(1)
  for i, x in ipairs(inputs) do
    if x.param then
      g:tensor(ids[i]):set(x[2])
    end
  end
  local loss, correct = g:forward {
    inputs = fed,
    train = opts.train,
    seed = opts.seed,
    step = opts.step,
    micro = opts.micro,
    len = opts.len and tensor.new({ n }, opts.len, "i32"),
  }
  return g:tensor(y):values(), loss, correct, g, ids
end

local function refusal(op, shapes, attrs)
  local g, ids = native.new(), {}
  for i, s in ipairs(shapes) do
    ids[i] = g:input(s, s.type or "real", s.seq, false)
  end
  local ok, message = pcall(g.op, g, op, ids, attrs or {})
  assert.is_false(ok)
  return message
end

local function near(want, got, tolerance)
  assert.equal(#want, #got)
  for i, v in ipairs(want) do
    if v ~= v then
      assert(got[i] ~= got[i], ("value %d is %g, want NaN"):format(i, got[i]))
    elseif v == INF or v == -INF then
      assert.equal(v, got[i])
    else
      assert.near(v, got[i], (tolerance or 1e-6) * math.max(1, math.abs(v)))
    end
  end
end

describe("linear", function()
  it("multiplies the last axis by the weight and adds the bias", function()
    local y = run("linear", {
      { { 2 }, { 1, 2, 3, 4 } },
      { { 3, 2 }, { 1, 0, 0, 1, 1, -1 }, param = true },
      { { 3 }, { 10, 20, 30 }, param = true },
    }, nil, { n = 2 })
    near({ 11, 22, 29, 13, 24, 29 }, y)
  end)

  it("says which shapes do not fit", function()
    local g = native.new()
    local x = g:input({ 5 }, "real", false, false)
    local w = g:param("w", { 7, 6 }, { kind = "constant", a = 0 }, true)
    local ok, message = pcall(g.op, g, "linear", { x, w }, {})
    assert.is_false(ok)
    assert.matches("linear: input is %(5%), weight is %(7, 6%): want %(units, 5%)", message)
  end)

  it("refuses a bias of another length and whole numbers", function()
    assert.matches("bias is %(2%): want %(3%)", refusal("linear", { { 4 }, { 3, 4 }, { 2 } }))
    assert.matches("embedding", refusal("linear", { { 4, type = "i32" }, { 3, 4 } }))
  end)
end)

describe("activations", function()
  local x = { -INF, -3, -0.5, 0, 0.5, 3, INF, NAN }
  local function erf(v) -- Abramowitz and Stegun 7.1.6
    local term, sum = v, v
    for n = 1, 60 do
      term = term * 2 * v * v / (2 * n + 1)
      sum = sum + term
    end
    return 2 / math.sqrt(math.pi) * math.exp(-v * v) * sum
  end
  local function elu(a)
    return function(v)
      return v > 0 and v or a * (math.exp(v) - 1)
    end
  end
  local function silu(v)
    return v / (1 + math.exp(-v))
  end
  local function gelu(v)
    return v / 2 * (1 + erf(v / math.sqrt(2)))
  end
  local expected = {
    relu = { function(v) return math.max(v, 0) end, 0, INF },
    leaky_relu = { function(v) return v < 0 and 0.1 * v or v end, -INF, INF, { slope = 0.1 } },
    elu = { elu(1.5), -1.5, INF, { alpha = 1.5 } },
    selu = {
      function(v) return 1.0507009873554805 * elu(1.6732632423543773)(v) end,
      -1.7580993408473766, INF,
    },
    gelu = { gelu, NAN, INF },
    silu = { silu, NAN, INF },
    tanh = { function(v) return 1 - 2 / (math.exp(2 * v) + 1) end, -1, 1 },
    sigmoid = { function(v) return 1 / (1 + math.exp(-v)) end, 0, 1 },
    softplus = { function(v) return math.log(1 + math.exp(v)) end, 0, INF },
  }
  for name, e in pairs(expected) do
    it(name .. " has the values of its formula, and NaN stays NaN", function()
      local want = { e[2] }
      for i = 2, 6 do
        want[i] = e[1](x[i])
      end
      want[7], want[8] = e[3], NAN
      local y = run(name, { { { 8 }, x } }, e[4])
      if name == "gelu" or name == "silu" then
        want[1] = y[1] -- -inf times 0: NaN
      end
      near(want, y)
    end)
  end

  it("softmax sums to one for any size of its input", function()
    local y = run("softmax", { { { 3 }, { 1e4, 1e4, 1e4 - 1, -1e30, 0, -1e30 } } }, nil, { n = 2 })
    local e = math.exp(-1)
    near({ 1 / (2 + e), 1 / (2 + e), e / (2 + e), 0, 1, 0 }, y)
  end)

  it("softmax of a row with NaN is NaN", function()
    local y = run("softmax", { { { 3 }, { 1, NAN, 2 } } })
    near({ NAN, NAN, NAN }, y)
  end)

  it("refuse a negative slope", function()
    assert.matches("leaky_relu: slope is %-1", refusal("leaky_relu", { { 3 } }, { slope = -1 }))
  end)
end)

describe("cross_entropy", function()
  local logits = { 1, 2, 3, 3, 2, 1 }
  local norm = math.log(math.exp(-2) + math.exp(-1) + 1)

  local function loss_of(target, attrs, values, train)
    local classes = type(target[1]) == "number" and #target == 2
    local t = { classes and {} or { 3 }, target, type = classes and "i32" or nil }
    local inputs = { { { 3 }, values or logits }, t }
    local _, loss, correct = run("cross_entropy", inputs, attrs, { n = 2, train = train })
    return loss, correct
  end

  it("is the mean of -log softmax, and counts what is right", function()
    local loss, correct = loss_of { 2, 1 }
    assert.near((norm + norm + 1) / 2, loss, 1e-6)
    assert.equal(1, correct)
  end)

  it("with label smoothing mixes in an even share, in training alone", function()
    local loss = loss_of({ 2, 1 }, { label_smoothing = 0.3 }, nil, true)
    assert.equal((loss_of { 2, 1 }), (loss_of({ 2, 1 }, { label_smoothing = 0.3 })))
    local even = norm + 1
    assert.near(0.7 * (norm + norm + 1) / 2 + 0.3 * even, loss, 1e-6)
  end)

  it("takes shares of classes", function()
    local loss, correct = loss_of { 0, 0.4, 0.6, 1, 0, 0 }
    assert.near((0.4 * (norm + 1) + 0.6 * norm + norm) / 2, loss, 1e-6)
    assert.equal(2, correct)
  end)

  it("stays exact for large logits", function()
    local loss = loss_of({ 2, 0 }, nil, { 4e6, 0, 4e6 + 1, 1e30, 0, -1e30 })
    assert.near(math.log(1 + math.exp(-1)) / 2, loss, 1e-6)
  end)

  it("is NaN where a class is out of range, and reads nothing there", function()
    for _, class in ipairs { 3, -1, 2147483647, -2147483648 } do
      local loss = loss_of { 0, class }
      assert(loss ~= loss)
    end
  end)

  it("refuses other shapes", function()
    assert.matches("cross_entropy: predictions are %(3%), targets are %(2%) real",
      refusal("cross_entropy", { { 3 }, { 2 } }))
    assert.matches("label_smoothing is 1,",
      refusal("cross_entropy", { { 3 }, { 3 } }, { label_smoothing = 1 }))
  end)
end)

describe("elementwise losses", function()
  local x, t = { 0.5, -2, 3, 1 }, { 0, 1, 0.25, 1 }
  local function loss_of(op, attrs)
    local _, loss, correct = run(op, { { { 2 }, x }, { { 2 }, t } }, attrs, { n = 2 })
    return loss, correct
  end

  it("are means over all elements", function()
    assert.near((0.25 + 9 + 2.75 ^ 2) / 4, (loss_of "mse"), 1e-6)
    assert.near((0.5 + 3 + 2.75) / 4, (loss_of "l1"), 1e-6)
    assert.near((0.125 + 2.5 + 2.25) / 4, (loss_of("huber", { delta = 1 })), 1e-6)
    local _, correct = loss_of "mse"
    assert.is_nil(correct)
  end)

  it("bce takes logits, and counts the share of right signs", function()
    local want = 0
    for i = 1, 4 do
      want = want + math.log(1 + math.exp(x[i])) - x[i] * t[i]
    end
    local loss, correct = loss_of "bce"
    assert.near(want / 4, loss, 1e-6)
    assert.equal(0.5, correct) -- the last of four, in samples of two
  end)

  it("bce takes classes 0 and 1 and is NaN for others", function()
    local function bce(classes)
      local target = { {}, classes, type = "i32" }
      local _, loss, correct = run("bce", { { { 1 }, { 1, -1 } }, target }, nil, { n = 2 })
      return loss, correct
    end
    local loss, correct = bce { 1, 1 }
    assert.near(math.log(1 + math.exp(-1)) / 2 + math.log(1 + math.exp(1)) / 2, loss, 1e-6)
    assert.equal(1, correct)
    local bad = bce { 1, 2 }
    assert(bad ~= bad)
  end)

  it("refuse classes and other shapes", function()
    assert.matches("mse: predictions are %(3%), targets are classes",
      refusal("mse", { { 3 }, { type = "i32" } }))
    assert.matches("want equal shapes", refusal("l1", { { 3 }, { 4 } }))
  end)
end)

describe("dropout", function()
  local n = 20000
  local ones = {}
  for i = 1, n do
    ones[i] = 1
  end
  local function drop(opts, attrs, shape)
    opts.n = opts.n or 1
    return (run("dropout", { { shape or { n }, ones } }, attrs or { rate = 0.3 }, opts))
  end

  it("drops the share it is told and keeps the mean", function()
    local zeros, sum = 0, 0
    for _, v in ipairs(drop { train = true }) do
      zeros = zeros + (v == 0 and 1 or 0)
      sum = sum + v
      assert(v == 0 or math.abs(v - 1 / 0.7) < 1e-6)
    end
    assert.near(0.3, zeros / n, 0.015)
    assert.near(1, sum / n, 0.025)
  end)

  it("has another mask for another seed, step and batch, and the same one again", function()
    local function text(opts)
      opts.train = true
      return table.concat(drop(opts), " ")
    end
    local first = text { seed = 1, step = 5 }
    assert.equal(first, text { seed = 1, step = 5 })
    assert.not_equal(first, text { seed = 2, step = 5 })
    assert.not_equal(first, text { seed = 1, step = 6 })
    assert.not_equal(first, text { seed = 1, step = 5, micro = 1 })
  end)

  it("changes nothing outside training", function()
    near(ones, drop {})
  end)

  it("drops whole channels when spatial", function()
    local y = drop({ train = true, n = 10 }, { rate = 0.5, spatial = true }, { 20, 10, 10 })
    local dropped = 0
    for channel = 0, 199 do
      for i = 1, 100 do
        assert.equal(y[channel * 100 + 1], y[channel * 100 + i])
      end
      dropped = dropped + (y[channel * 100 + 1] == 0 and 1 or 0)
    end
    assert(dropped > 70 and dropped < 130)
  end)

  it("refuses a rate of 1", function()
    assert.matches("dropout: rate is 1, want 0 <= rate < 1",
      refusal("dropout", { { 3 } }, { rate = 1 }))
  end)
end)

describe("batchnorm", function()
  local attrs = { momentum = 0.1, eps = 1e-5 }
  local function norm(shape, channels, values, opts, seq)
    local function list(v)
      local l = {}
      for i = 1, channels do
        l[i] = v
      end
      return l
    end
    local y, _, _, g, ids = run("batchnorm", {
      { shape, values, seq = seq },
      { { channels }, list(2), param = true },
      { { channels }, list(1), param = true },
      { { channels }, list(0), buffer = true },
      { { channels }, list(1), buffer = true },
    }, attrs, opts)
    return y, g:tensor(ids[4]):values(), g:tensor(ids[5]):values()
  end

  it("normalises over the batch and moves the running statistics", function()
    local y, mean, var = norm({ 2 }, 2, { 1, 10, 3, 20, 5, 30 }, { n = 3, train = true })
    local s = 2 / math.sqrt(8 / 3 + 1e-5)
    local q = 10 / math.sqrt(200 / 3 + 1e-5)
    near({ 1 - 2 * s, 1 - 2 * q, 1, 1, 1 + 2 * s, 1 + 2 * q }, y, 1e-5)
    near({ 0.3, 2 }, mean)
    near({ 0.9 + 0.1 * 4, 0.9 + 0.1 * 100 }, var)
  end)

  it("uses the running statistics outside training, and leaves them", function()
    local y, mean, var = norm({ 2 }, 2, { 1, 10 }, {})
    near({ 1 + 2 * 1 / math.sqrt(1 + 1e-5), 1 + 20 / math.sqrt(1 + 1e-5) }, y)
    near({ 0, 0 }, mean)
    near({ 1, 1 }, var)
  end)

  it("takes the channels of images", function()
    local _, mean = norm({ 2, 1, 2 }, 2, { 1, 2, 10, 20, 3, 4, 30, 40 }, { n = 2, train = true })
    near({ 0.25, 2.5 }, mean)
  end)

  it("leaves out what is past a sequence's end", function()
    local values = { 1, 3, 1e6, 5, 1e9, -1e9 }
    local _, mean, var = norm({ 3, 1 }, 1, values, { n = 2, train = true, len = { 2, 1 } }, true)
    near({ 0.3 }, mean)
    near({ 0.9 + 0.1 * 4 }, var)
  end)

  it("says which list has the wrong length", function()
    assert.matches("batchnorm: input is %(3, 2, 2%), bias is %(2%): want %(3%)",
      refusal("batchnorm", { { 3, 2, 2 }, { 3 }, { 2 }, { 3 }, { 3 } }, attrs))
  end)
end)

describe("shapes", function()
  it("concat joins features, and channels of images", function()
    near({ 1, 2, 9, 3, 4, 8 }, (run("concat",
      { { { 2 }, { 1, 2, 3, 4 } }, { { 1 }, { 9, 8 } } }, nil, { n = 2 })))
    near({ 1, 2, 3, 4 }, (run("concat", { { { 1, 1, 2 }, { 1, 2 } }, { { 1, 1, 2 }, { 3, 4 } } })))
  end)

  it("that do not fit are refused with both", function()
    assert.matches("add: inputs are %(3%) and %(4%), want equal shapes",
      refusal("add", { { 3 }, { 4 } }))
    assert.matches("concat: input 1 is %(2, 3, 3%), input 2 is %(2, 4, 3%)",
      refusal("concat", { { 2, 3, 3 }, { 2, 4, 3 } }))
    assert.matches("reshape: input is %(6%) with 6 values, %(4%) takes 4",
      refusal("reshape", { { 6 } }, { d1 = 4 }))
    assert.matches("flatten: input is a sequence", refusal("flatten", { { 6, 2, seq = true } }))
    assert.matches("groupnorm: input is a sequence %(6, 2, 2%) real, want %(c, h, w%) real",
      refusal("groupnorm", { { 6, 2, 2, seq = true }, { 6 }, { 6 } }, { groups = 2, eps = 1e-5 }))
    assert.matches("linear: input 2 is a sequence",
      refusal("linear", { { 2 }, { 6, 2, seq = true } }))
    assert.matches("layernorm: input 3 is a sequence",
      refusal("layernorm", { { 2, 6, seq = true }, { 6 }, { 6, seq = true } }, { eps = 1e-5 }))
    assert.matches("groups is 4: want a divisor of 6",
      refusal("groupnorm", { { 6, 2, 2 }, { 6 }, { 6 } }, { groups = 4, eps = 1e-5 }))
  end)
end)
