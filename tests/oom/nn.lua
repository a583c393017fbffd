-- Builds, runs and steps models of every kind of layer; run with each allocation failing.
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local tensor = require "lrrun.tensor"

local conv = nn.sequential {
  nn.conv2d { 2, kernel = 3, padding = 1 }, nn.batchnorm(), nn.relu(), nn.maxpool2d(2),
  nn.flatten(), nn.dropout(0.5), nn.linear(3),
}
local model = conv:build({ 1, 4, 4 }, { seed = 1, batch = 2 })
local x = tensor.new({ 2, 1, 4, 4 })
model:forward(x, { train = true })
local rnn = nn.lstm { 2, bidirectional = true }:build({ 3, 2 }, { batch = 2 })
rnn:forward(tensor.new { 2, 3, 2 }, { train = true })
local loss = nn.cross_entropy():build({ 3 }, { batch = 2 })
loss:forward(tensor.new { 2, 3 }, tensor.new({ 2 }, { 0, 2 }, "i32"))
loss:backward()
local shared = nn.linear(3)
local tagger = nn.graph(function(h)
  return shared(nn.tanh()(shared(h)))
end):build({ 4, 3 }, { batch = 2, seq = true })
tagger:step({ x = tensor.new { 2, 4, 3 }, y = tensor.new({ 2, 4 }, nil, "i32"),
  len = tensor.new({ 2 }, { 4, 1 }, "i32") }, nn.cross_entropy())
local writer = nn.sequential {
  nn.embedding { 8, vocab = 5, name = "tok" }, nn.positions { kind = "sinusoidal" },
  nn.transformer { 1, heads = 2, kv_heads = 1, causal = true, rope = true, qk_norm = true,
    dropout = 0.1, activation = "swiglu", init = "gpt2" },
  nn.linear { tied = "tok" },
}:build({ 4 }, { batch = 2, dtype = "i32" })
writer:step({ x = tensor.new({ 2, 4 }, nil, "i32"), y = tensor.new({ 2, 4 }, nil, "i32") },
  nn.cross_entropy())
writer.graph:keep(0) -- backward makes values again
writer:plan(2)
writer:step({ x = tensor.new({ 2, 4 }, nil, "i32"), y = tensor.new({ 2, 4 }, nil, "i32") },
  nn.cross_entropy())
nn.sequential { nn.tokens(), nn.attention(1), nn.last() }:build { 2, 2, 2 }
optim.adam { lr = 1e-3 }:bind(model)
