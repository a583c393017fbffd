-- Tensors and an optimizer of every kind; run with each allocation failing in turn.
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local tensor = require "lrrun.tensor"

for name, constructor in pairs(optim) do
  local w, g = tensor.new({ 2, 3 }), tensor.new({ 2, 3 }, { 1, 2, 3, 4, 5, 6 })
  local groups = { { match = "w", weight_decay = 0.1 } }
  local opt = constructor { lr = 0.1, groups = groups }:bind { w = w, b = tensor.new { 1 } }
  opt:update { grads = { w = g, b = tensor.new { 1 } }, clip = { norm = 1, agc = 0.1 } }
  opt:load(opt:state())
  assert(opt.steps == 1, name)
end
local model = nn.linear(2):build({ 3 }, { batch = 1 })
optim.adam():bind(model):state()
