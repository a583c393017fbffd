-- Milliseconds of processor time that building a chain of layers and planning its run take.
-- Use: lrrun --trusted tests/bench/scale/plan.lua LAYERS

local data = require "lrrun.data"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local plan = require "lrrun.plan"
local prepare = require "lrrun.train.prepare"
local recipe = require("lrrun.recipe").new
local resolve = require "lrrun.recipe.resolve"

local depth = math.tointeger(tonumber(arg[1]))

local function milliseconds()
  local began, layers = os.clock(), {}
  for i = 1, depth do
    layers[i] = i % 2 == 1 and nn.linear(16) or nn.relu()
  end
  local run <close> = prepare.run(resolve.for_run(recipe { seed = 1, steps = 2,
    data = data.random { shape = { 16 }, classes = 16, n = 64, batch = 32 },
    model = nn.sequential(layers), optimizer = optim.sgd { lr = 1e-3 } }), {})
  plan.of(run)
  return 1000 * (os.clock() - began)
end

local best = math.huge
for _ = 1, 3 do
  best = math.min(best, milliseconds())
  collectgarbage()
end
print(("plan %.3f"):format(best))
