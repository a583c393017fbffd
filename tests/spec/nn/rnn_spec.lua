local json = require "lrrun.record.json"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local sys = require "lrrun.native.sys"
local tensor = require "lrrun.tensor"

local KINDS = { "rnn", "lstm", "gru" }

-- The same numbers every time, in (-1, 1).
local function numbers(n, seed)
  local x, out = seed or 1, {}
  for i = 1, n do
    x = (x * 1103515245 + 12345) % 2147483648
    out[i] = x / 1073741824 - 1
  end
  return out
end

local function near(want, got, tolerance, what)
  assert.equal(#want, #got, what)
  for i = 1, #want do
    local off = math.abs(want[i] - got[i])
    if off ~= off or off > tolerance * (1 + math.abs(want[i])) then
      error(("%s[%d]: %.9g, want %.9g"):format(what, i, got[i], want[i]), 2)
    end
  end
end

local function copy_params(from, to)
  for name, t in pairs(from:params()) do
    to:params()[name]:set(t:values())
  end
end

local function read_golden()
  local f = assert(io.open("tests/golden/layers.json"))
  local cases = json.decode(f:read "a")
  f:close()
  return cases
end

-- A batch of mixed lengths, whose padding holds NaN, through a layer built for time t.
local function run_batch(value, x, shape, len, gy)
  local n = #len
  local model = value:build({ shape[1], shape[2] }, { batch = n, seq = true, seed = 3 })
  local y = model:forward(tensor.new({ n, shape[1], shape[2] }, x), {
    train = true, len = tensor.new({ n }, len, "i32"), t = shape[1],
  })
  local out = y:values()
  local gx = model:backward(tensor.new(y:shape(), gy)):values()
  return model, out, gx
end

local function slice(list, first, count)
  return table.move(list, first, first + count - 1, 1, {})
end

local function add_grads(sum, model)
  for name, t in pairs(model:grads()) do
    local values = t:values()
    sum[name] = sum[name] or {}
    for i, v in ipairs(values) do
      sum[name][i] = (sum[name][i] or 0) + v
    end
  end
end

describe("recurrent layers", function()
  it("give PyTorch's numbers", function()
    local count = 0
    for _, case in ipairs(read_golden()) do
      if case.expr:find "nn%.rnn" or case.expr:find "nn%.lstm" or case.expr:find "nn%.gru"
        or case.expr:find "nn%.embedding" then
        count = count + 1
        local value = load("return " .. case.expr, case.expr, "t", { nn = nn })()
        local shape = case.input.shape
        local model = value:build(slice(shape, 2, #shape - 1), { batch = shape[1] })
        for name, p in pairs(case.params) do
          model:params()[name]:set(p.data)
        end
        local y = model:forward(tensor.new(shape, case.input.data), { train = true })
        near(case.output.data, y:values(), 1e-5, case.expr)
        local gx = model:backward(tensor.new(case.grad_output.shape, case.grad_output.data))
        if case.grad_input then
          near(case.grad_input.data, gx:values(), 2e-5, case.expr .. " gx")
        end
        for name, p in pairs(case.grad_params) do
          near(p.data, model:grads()[name]:values(), 2e-5, case.expr .. " " .. name)
        end
      end
    end
    assert.is_true(count >= 5)
  end)

  for _, kind in ipairs(KINDS) do
    for _, sequences in ipairs { true, false } do
      for _, bidirectional in ipairs { false, true } do
        local name = ("nn.%s (sequences %s, bidirectional %s)"):format(kind, sequences,
          bidirectional)
        it(name .. " treats each sample as if it were alone, padding or not", function()
          local len, t, f, h = { 3, 7, 1, 5, 7, 2, 4, 6, 3, 1 }, 7, 3, 4
          local value = nn[kind] { h, sequences = sequences, bidirectional = bidirectional }
          local wide = bidirectional and 2 * h or h
          local each = (sequences and t or 1) * wide
          local x, gy = numbers(#len * t * f, 5), numbers(#len * each, 9)
          for i, l in ipairs(len) do
            for k = l * f + 1, t * f do
              x[(i - 1) * t * f + k] = 0 / 0
            end
            for k = l * wide + 1, sequences and t * wide or 0 do
              gy[(i - 1) * each + k] = 0
            end
          end
          local batch, out, gx = run_batch(value, x, { t, f }, len, gy)
          local sum = {}
          for i, l in ipairs(len) do
            local own = sequences and l * wide or wide
            local alone, y1, gx1 = run_batch(value, slice(x, (i - 1) * t * f + 1, l * f),
              { l, f }, { l }, slice(gy, (i - 1) * each + 1, own))
            near(y1, slice(out, (i - 1) * each + 1, own), 1e-5, "y of sample " .. i)
            near(gx1, slice(gx, (i - 1) * t * f + 1, l * f), 1e-5, "gx of sample " .. i)
            for k = l * f + 1, t * f do
              assert.equal(0, gx[(i - 1) * t * f + k])
            end
            add_grads(sum, alone)
          end
          for param, values in pairs(sum) do
            near(values, batch:grads()[param]:values(), 1e-5, param)
          end
        end)
      end
    end

    it("nn." .. kind .. " has the same gradients where those of the first steps vanish", function()
      local single = tensor.new({ 1 }, { 1 + 2^-30 }):values()[1] == 1
      local len, t, f, h = { 400, 300, 400, 350, 1, 400, 2, 390, 60 }, 400, 2, 4
      local x, gy, all = numbers(#len * t * f, 5), numbers(#len * 2 * h, 9), {}
      for i, v in ipairs(gy) do
        gy[i] = v * (single and 1e-25 or 1e-290)
      end
      for i, l in ipairs(len) do -- of all states, the last of each direction has a gradient
        for k = 1, t * 2 * h do
          local last = k > (l - 1) * 2 * h and k <= (l - 1) * 2 * h + h
          local first = k > h and k <= 2 * h
          local at = last and k - (l - 1) * 2 * h or first and k
          all[#all + 1] = at and gy[(i - 1) * 2 * h + at] or 0
        end
      end
      local function gradients(sequences, g)
        local value = nn[kind] { h, sequences = sequences, bidirectional = true }
        local big = {}
        for i, v in ipairs(g) do
          big[i] = v * 2^70
        end
        local model = run_batch(value, x, { t, f }, len, big) -- so that no memory is 0 by chance
        local y = model:forward(tensor.new({ #len, t, f }, x), {
          train = true, len = tensor.new({ #len }, len, "i32"), t = t })
        local gx = model:backward(tensor.new(y:shape(), g)):values()
        return gx, model:grads()
      end
      local want, of_all = gradients(true, all)
      local got, of_last = gradients(false, gy)
      near(want, got, 0, "gx")
      for name, g in pairs(of_all) do
        near(g:values(), of_last[name]:values(), 0, name)
      end
      for name, g in pairs(of_all) do
        assert.is_true(math.abs(g:values()[1]) < 1e-9, name)
      end
      assert.equal(0, got[180 * f + 1])
      assert.not_equal(0, got[1])
      assert.not_equal(0, got[400 * f])
    end)

    it("nn." .. kind .. " reversed is itself on the sequence read backwards", function()
      local t, f, h = 5, 3, 4
      local both = nn[kind] { h, bidirectional = true }:build({ t, f }, { seed = 8 })
      local one = nn[kind] { h }:build { t, f }
      for _, param in ipairs { "weight_ih", "weight_hh", "bias_ih", "bias_hh" } do
        one:params()[param]:set(both:params()["reverse." .. param]:values())
      end
      local x, backwards = numbers(t * f, 2), {}
      for k = 1, t do
        table.move(x, (k - 1) * f + 1, k * f, (t - k) * f + 1, backwards)
      end
      local y = both:forward(tensor.new({ 1, t, f }, x)):values()
      local z = one:forward(tensor.new({ 1, t, f }, backwards)):values()
      near(z, slice(y, h + 1, h), 1e-6, kind)
    end)

    it("nn." .. kind .. " gives the same bits for any number of threads", function()
      local before = sys.threads()
      local function bits(threads)
        sys.threads(threads)
        local value = nn[kind] { 20, sequences = true, layers = 2 }
        local len = {}
        for i = 1, 37 do
          len[i] = i * 7 % 11 + 1
        end
        local model, y, gx = run_batch(value, numbers(37 * 11 * 6), { 11, 6 }, len,
          numbers(37 * 11 * 20, 4))
        local grads = {}
        for name, t in pairs(model:grads()) do
          grads[name] = t:values()
        end
        for i, l in ipairs(len) do -- what stands past the length is anybody's
          for k = (i - 1) * 220 + l * 20 + 1, i * 220 do
            y[k] = 0
          end
        end
        return { y, gx, grads }
      end
      local one = bits(1)
      for _, threads in ipairs { 2, 4 } do
        assert.same(one, bits(threads))
      end
      sys.threads(before)
    end)

    it("nn." .. kind .. " names the parameters of each layer and direction", function()
      local model = nn.sequential { nn[kind] { 4, layers = 2, bidirectional = true } }
        :build({ 5, 3 })
      local shapes = {}
      for name, t in pairs(model:params()) do
        shapes[name] = table.concat(t:shape(), "x")
      end
      local gates = kind == "rnn" and 4 or kind == "lstm" and 16 or 12
      for prefix, n_in in pairs { [""] = 3, ["reverse."] = 3, ["l2."] = 8, ["l2.reverse."] = 8 } do
        local full = "1." .. kind .. "." .. prefix
        assert.equal(gates .. "x" .. n_in, shapes[full .. "weight_ih"])
        assert.equal(gates .. "x4", shapes[full .. "weight_hh"])
        assert.equal(tostring(gates), shapes[full .. "bias_ih"])
        assert.equal(tostring(gates), shapes[full .. "bias_hh"])
      end
      assert.same({ 8 }, model:shape())
    end)
  end

  it("are layers on one another with layers = 2", function()
    local two = nn.lstm { 4, layers = 2 }:build({ 6, 3 }, { seed = 1 })
    local low, high = nn.lstm { 4, sequences = true }:build { 6, 3 }, nn.lstm(4):build { 6, 4 }
    for name, t in pairs(two:params()) do
      local model = name:find "^l2" and high or low
      model:params()[name:gsub("^l2%.", "")]:set(t:values())
    end
    local x = tensor.new({ 1, 6, 3 }, numbers(18))
    local y = high:forward(low:forward(x)):values()
    near(y, two:forward(x):values(), 1e-6, "y")
  end)

  it("without biases are those with biases of 0", function()
    local bare = nn.gru { 4, bias = false }:build({ 6, 3 }, { seed = 1 })
    local full = nn.gru(4):build({ 6, 3 }, { seed = 2 })
    full:params().bias_ih:set { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }
    full:params().bias_hh:set { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }
    copy_params(bare, full)
    local x = tensor.new({ 1, 6, 3 }, numbers(18))
    near(full:forward(x):values(), bare:forward(x):values(), 1e-7, "y")
  end)

  it("start uniformly in +-1/sqrt(units)", function()
    for _, t in pairs(nn.lstm(64):build({ 4, 8 }):params()) do
      local largest = 0
      for _, v in ipairs(t:values()) do
        largest = math.max(largest, math.abs(v))
      end
      assert.is_true(largest <= 0.125 and largest > 0.11)
    end
  end)

  it("start as the recipe says", function()
    local model = nn.rnn { 3, init = nn.zeros(), recurrent_init = nn.orthogonal() }:build { 4, 2 }
    local w = model:params().weight_hh:values()
    local dot, norm = 0, 0
    for j = 1, 3 do
      dot, norm = dot + w[j] * w[3 + j], norm + w[j] * w[j]
    end
    near({ 0, 1 }, { dot, norm }, 1e-6, "rows of weight_hh")
    assert.same({ 0, 0, 0, 0, 0, 0 }, model:params().weight_ih:values())
  end)

  it("take ReLU in place of tanh", function()
    local model = nn.rnn { 2, activation = "relu" }:build { 1, 1 }
    local p = model:params()
    p.weight_ih:set { 3, -3 }
    p.bias_ih:set { 0, 0 }
    p.bias_hh:set { 0, 0 }
    assert.same({ 6, 0 }, model:forward(tensor.new({ 1, 1, 1 }, { 2 })):values())
  end)

  it("refuse what is not a sequence of features", function()
    assert.error_matches(function()
      nn.lstm(4):build { 5 }
    end, "nn%.lstm: the input is %(5%), want %(time, features%)")
    assert.error_matches(function()
      nn.sequential { nn.gru(4) }:build({ 5 }, { dtype = "i32" })
    end, "nn%.gru: the input holds tokens: nn%.embedding goes before it")
  end)

  it("drop values between layers while training only", function()
    local dropped = nn.gru { 4, layers = 2, dropout = 0.5 }:build({ 6, 3 }, { seed = 1 })
    local plain = nn.gru { 4, layers = 2 }:build({ 6, 3 }, { seed = 1 })
    local x = tensor.new({ 1, 6, 3 }, numbers(18))
    local y = plain:forward(x):values()
    assert.same(y, dropped:forward(x):values())
    assert.not_same(y, dropped:forward(x, { train = true }):values())
  end)

  it("learn which of two tokens came first, whatever follows it", function()
    local ids, classes, len = {}, {}, {}
    for i = 1, 32 do
      classes[i], len[i] = i % 2, 2 + i % 5
      for k = 1, 6 do
        ids[#ids + 1] = k == 1 and 1 + i % 2 or k <= len[i] and 3 + (i * k) % 4 or 0
      end
    end
    local batch = {
      x = tensor.new({ 32, 6 }, ids, "i32"), y = tensor.new({ 32 }, classes, "i32"),
      len = tensor.new({ 32 }, len, "i32"), t = 6,
    }
    for _, kind in ipairs(KINDS) do
      local model = nn.sequential {
        nn.embedding(8), nn[kind] { 8, bidirectional = true }, nn.linear(2),
      }:build({ 6 }, { vocab = 7, seq = true, batch = 32, seed = 4 })
      local opt = optim.adam { lr = 0.05 }:bind(model)
      local loss
      for _ = 1, 40 do
        loss = model:step(batch, nn.cross_entropy())
        opt:update {}
      end
      assert.is_true(loss < 0.05)
    end
  end)

  it("refuse dropout with nothing for it to act on", function()
    assert.error_matches(function()
      nn.lstm { 4, dropout = 0.5 }
    end, "'dropout' acts between layers and there is one")
  end)
end)
