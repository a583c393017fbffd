-- Every layer of nn, in a network that learns something: none is only there to be named.

local nn = require "lrrun.nn"
local options = require "lrrun.util.options"
local optim = require "lrrun.optim"
local tensor = require "lrrun.tensor"

local IMAGE, STEPS, ROW = { 2, 6, 6 }, { 5, 3 }, { 8 }

-- The layer, and the samples that it takes.
local LAYERS = {
  linear = { nn.linear(7), ROW }, conv1d = { nn.conv1d { 4, kernel = 3 }, STEPS },
  conv2d = { nn.conv2d { 4, kernel = 3, padding = "same" }, IMAGE },
  maxpool2d = { nn.maxpool2d(2), IMAGE }, avgpool2d = { nn.avgpool2d(2), IMAGE },
  global_avgpool = { nn.global_avgpool(), IMAGE }, global_maxpool = { nn.global_maxpool(), STEPS },
  flatten = { nn.flatten(), IMAGE }, reshape = { nn.reshape(3, 6, 4), IMAGE },
  dropout = { nn.dropout(0.2), ROW }, batchnorm = { nn.batchnorm(), IMAGE },
  layernorm = { nn.layernorm(), STEPS }, groupnorm = { nn.groupnorm(2), IMAGE },
  rmsnorm = { nn.rmsnorm(), STEPS }, swiglu = { nn.swiglu { 6, hidden = 9 }, ROW },
  positions = { nn.positions(), STEPS }, attention = { nn.attention(3), STEPS },
  transformer = { nn.transformer { 2, heads = 3, norm = "post" }, STEPS },
  first = { nn.first(), STEPS }, last = { nn.last(), STEPS }, tokens = { nn.tokens(), IMAGE },
  rnn = { nn.rnn(4), STEPS }, lstm = { nn.lstm(4), STEPS },
  gru = { nn.gru { 4, bidirectional = true }, STEPS },
  relu = { nn.relu(), ROW }, leaky_relu = { nn.leaky_relu(0.1), ROW }, elu = { nn.elu(), ROW },
  selu = { nn.selu(), ROW }, gelu = { nn.gelu(), ROW }, silu = { nn.silu(), ROW },
  tanh = { nn.tanh(), ROW }, sigmoid = { nn.sigmoid(), ROW }, softplus = { nn.softplus(), ROW },
  softmax = { nn.softmax(), ROW },
  sequential = { nn.sequential { nn.linear(5), nn.relu() }, ROW },
  residual = { nn.residual { nn.linear(4), shortcut = nn.linear(4) }, ROW },
  concat = { nn.concat { nn.linear(3), nn.tanh() }, ROW },
  graph = { nn.graph(function(x)
    local y = nn.linear(8)(x)
    return nn.cat { y + x, nn.relu()(y) }
  end), ROW },
}
-- Tokens alone: embedding_spec.lua.
local ELSEWHERE = { embedding = true }

-- What makes one row of steps by itself.
local ONE_STEP = { rnn = true, lstm = true, gru = true, first = true, last = true }

local function count(shape)
  local n = 1
  for _, d in ipairs(shape) do
    n = n * d
  end
  return n
end

local function samples(shape, n)
  local values = {}
  for i = 1, n * count(shape) do
    values[i] = ((i * i * 31 + i * 17) % 23 - 11) / 5
  end
  return tensor.new({ n, table.unpack(shape) }, values)
end

describe("a network with nn.", function()
  for name, case in pairs(LAYERS) do
    it(name .. " learns", function()
      local parts = { case[1] }
      if #case[2] > 1 and not name:find "global" and not ONE_STEP[name] then
        parts[2] = nn.flatten()
      end
      parts[#parts + 1] = nn.linear(2)
      local model = nn.sequential(parts):build(case[2], { batch = 6, seed = 3 })
      local opt = optim.adam { lr = 0.02 }:bind(model)
      local batch = { x = samples(case[2], 6), y = tensor.new({ 6 }, { 0, 1, 0, 1, 1, 0 }, "i32") }
      local first, last
      for _ = 1, 120 do
        last = model:step(batch, nn.cross_entropy())
        first = first or last
        opt:update()
      end
      assert.truthy(last < 0.9 * first, ("%g to %g"):format(first, last))
    end)
  end

  it("any other name has a case here", function()
    for name, constructor in pairs(nn) do
      local desc = options.registry["nn." .. name]
      if desc and constructor and desc.methods and desc.methods.add and not desc.methods.target then
        assert.truthy(LAYERS[name] or ELSEWHERE[name], name)
      end
    end
  end)
end)
