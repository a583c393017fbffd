-- What a script's own batch holds past its samples' ends has no part in anything: not in the
-- loss, and not in gradients, which are sums of products with it.
local nn = require "lrrun.nn"
local tensor = require "lrrun.native.tensor"

local LEN, T, WIDTH = { 4, 2 }, 6, 3

local function rows(scale, pad)
  local list = {}
  for i = 1, #LEN do
    for s = 1, T do
      for k = 1, WIDTH do
        list[#list + 1] = s <= LEN[i] and scale * (i + s * 0.3 - k * 0.2) or pad
      end
    end
  end
  return list
end

-- Loss and all gradients of a step with `pad` in the padding, and x as it is afterwards.
local function step(layers, pad)
  local per_step = layers.loss ~= nil
  local m = nn.sequential(layers.make()):build({ T, WIDTH }, { batch = 2, seq = true, seed = 1 })
  local x = tensor.new({ #LEN, T, WIDTH }, rows(0.2, pad))
  local y = per_step and tensor.new({ #LEN, T, WIDTH }, rows(0.1, pad))
    or tensor.new({ #LEN }, { 0, 1 }, "i32")
  local out = { loss = m:step({ x = x, y = y, len = tensor.new({ #LEN }, LEN, "i32") },
    layers.loss or nn.cross_entropy()) }
  for name, grad in pairs(m:grads()) do
    out[name] = grad:values()
  end
  return out, x
end

local NETWORKS = {
  ["a linear layer at each step"] = { make = function()
    return { nn.linear(4), nn.lstm(4), nn.linear(3) }
  end },
  ["normalization of each step"] = { make = function()
    return { nn.layernorm(), nn.gru(4), nn.linear(3) }
  end },
  ["two layers that overflow on it"] = { make = function()
    return { nn.linear(4), nn.relu(), nn.linear(4), nn.global_avgpool(), nn.linear(3) }
  end },
  ["windows over steps"] = { make = function()
    return { nn.conv1d { 4, kernel = 3, padding = 1 }, nn.rnn(4), nn.linear(3) }
  end },
  ["targets at each step"] = { loss = nn.mse(), make = function()
    return { nn.linear(4), nn.tanh(), nn.linear(3) }
  end },
  ["attention"] = { make = function()
    return { nn.linear(8), nn.positions(), nn.attention { 2, kv_heads = 1, rope = true,
      qk_norm = true }, nn.last(), nn.linear(3) }
  end },
  ["causal attention with targets at each step"] = { loss = nn.mse(), make = function()
    return { nn.positions { kind = "sinusoidal" }, nn.residual { nn.rmsnorm(),
      nn.attention { 3, causal = true, dropout = 0.2 } }, nn.swiglu { 3, hidden = 4 } }
  end },
  ["the first step"] = { make = function()
    return { nn.attention(1), nn.first(), nn.linear(3) }
  end },
  ["branches"] = { make = function()
    return { nn.residual { nn.linear(3) }, nn.lstm { 4, bidirectional = true }, nn.linear(3) }
  end },
}

describe("padding of a script's own batch", function()
  for name, layers in pairs(NETWORKS) do
    it("has no part in " .. name, function()
      local right = step(layers, 0)
      for _, pad in ipairs { 0 / 0, 1 / 0, 1e38, -7 } do
        local got, x = step(layers, pad)
        assert.same(right, got)
        local kept = x:values()[T * WIDTH] -- the tensor is the script's
        assert.is_true(kept ~= kept or kept == pad or pad == 1e38 and kept > 9e37)
      end
    end)
  end
end)
