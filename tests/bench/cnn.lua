-- Times a training step of the six-convolution network: 3 -> 32-32-pool-64-64-pool-128-128,
-- all 3x3 with padding 1, batchnorm and relu after each, then the mean and ten classes;
-- batches of 128 images 32x32, SGD with momentum.
-- Usage: lrrun --trusted tests/bench/cnn.lua [threads [steps]]; milliseconds, the fastest
-- step and the median.

local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local sys = require "lrrun.native.sys"
local tensor = require "lrrun.tensor"

local BATCH, SIZE = 128, 32

sys.threads(tonumber(arg[1]) or 2)
local steps = tonumber(arg[2]) or 30

local layers = {}
local function add(layer)
  layers[#layers + 1] = layer
end
for i, channels in ipairs { 32, 32, 64, 64, 128, 128 } do
  add(nn.conv2d { channels, kernel = 3, padding = 1 })
  add(nn.batchnorm())
  add(nn.relu())
  if i == 2 or i == 4 then
    add(nn.maxpool2d(2))
  end
end
add(nn.global_avgpool())
add(nn.linear(10))

local model = nn.sequential(layers):build({ 3, SIZE, SIZE }, { batch = BATCH, seed = 1 })
local loss = nn.cross_entropy()
local sgd = optim.sgd { lr = 0.1, momentum = 0.9 }:bind(model)

math.randomseed(1)
local x, y = {}, {}
for i = 1, BATCH * 3 * SIZE * SIZE do
  x[i] = math.random() - 0.5
end
for i = 1, BATCH do
  y[i] = i % 10
end
local data = { x = tensor.new({ BATCH, 3, SIZE, SIZE }, x), y = tensor.new({ BATCH }, y, "i32") }

local passes, all = {}, {}
for i = 1, steps do
  local start = sys.now()
  model:step(data, loss)
  passes[i] = sys.now() - start
  sgd:update {}
  all[i] = sys.now() - start
end
table.sort(passes)
table.sort(all)
print(("step %.1f ms (median %.1f), without sgd %.1f"):format(all[1] * 1e3,
  all[steps // 2 + 1] * 1e3, passes[1] * 1e3))
