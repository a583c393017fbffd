-- An optimizer on tensors and one on a model; run with each allocation failing in turn.
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local tensor = require "lrrun.tensor"

local w, g = tensor.new { 2, 3 }, tensor.new({ 2, 3 }, { 1, 2, 3, 4, 5, 6 })
local opt = optim.lamb { groups = { { match = "w", weight_decay = 0.1 } } }
  :bind { w = w, b = tensor.new { 1 } }
opt:update { grads = { w = g, b = tensor.new { 1 } }, clip = { norm = 1, agc = 0.1 } }
opt:load(opt:state())
local model = nn.linear(2):build({ 3 }, { batch = 1 })
local deep = nn.sequential { nn.linear(4), nn.linear(2) }:build({ 3 }, { batch = 1 })
optim.muon { decay = "matrices", groups = { { match = "bias", lr = 0.1 } } }:bind(deep):state()
local bases = optim.soap { every = 1, groups = { { match = "bias", lr = 0.1 } } }:bind(deep)
bases:load(bases:state())
optim.adam { amsgrad = true, cautious = true }:bind(model):state()
local around = optim.sam { base = optim.adam(), rho = 0.1 }:bind { w = w }
around:update { grads = { w = g }, again = function() return { w = g } end }
around:load(around:state())
local searching = optim.lbfgs { history = 2, line_search = "wolfe", max_iter = 2 }:bind { w = w }
searching:update { grads = { w = g }, loss = 1, again = function() return { w = g }, 1 end }
searching:load(searching:state())
for _, value in ipairs { optim.prodigy(), optim.dadapt_adam(), optim.dog() } do
  local bound = value:bind { w = w }
  bound:update { grads = { w = g } }
  bound:evaluated(function() end)
  bound:load(bound:state())
end
for _, value in ipairs { optim.adan(), optim.ademamix { warmup = "2 epochs", cautious = true },
  optim.schedule_free_adamw() } do
  local bound = value:bind { w = w }
  bound:update { grads = { w = g }, clock = { steps_per_epoch = 3, total_steps = 9 } }
  bound:load(bound:state())
  bound:evaluated(function() end)
end
