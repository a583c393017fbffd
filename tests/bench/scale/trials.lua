-- Milliseconds of one proposal beside so many trials whose results are known, in 6 dimensions.
-- Use: lrrun --trusted tests/bench/scale/trials.lua STRATEGY TRIALS

local search = require "lrrun.search"
local spaces = require "lrrun.search.space"
local strategies = require "lrrun.search.strategies"

local name, n = arg[1], math.tointeger(tonumber(arg[2]))
local root = {}
for i = 1, 6 do
  root["x" .. i] = search.uniform(0, 1)
end
local space = spaces.collect(root)
local cfg = strategies.configure(strategies.from(name), space, 1, 2 * n)
local history = {}
for i = 1, n do
  local point, value = space.native:propose({ strategy = "random", seed = 99 }, {}, i), 0
  for _, x in ipairs(space.native:unit(point)) do
    value = value + (x - 0.3) ^ 2
  end
  history[i] = { x = point, value = value, state = "ok" }
end
local best = math.huge
for i = 1, 5 do
  local began = os.clock()
  space.native:propose(cfg, history, n + i)
  best = math.min(best, os.clock() - began)
end
print(("%s %.5f"):format(name, 1000 * best))
