--- Between which rates the best one may lie: range tests of several short seeds.
--
-- Not their suggestions count but what they show at least: the lowest rate that moves the loss
-- beyond its noise and the highest before it blows up. Either is missing where the tests do not
-- show it (a loss that hardly moves within some hundred updates); all is, where they would cost
-- too much of the budget: the first trainings say the same then. Layer: advise.

local options = require "lrrun.util.options"
local range = require "lrrun.range"
local rate = require "lrrun.advise.rate"
local subject = require "lrrun.advise.subject"

local bracket = {}

local FROM, TO, POINTS = 1e-6, 10, 70
local UPDATES = 350 -- of a test over as many decades (range/sweep.lua), about
local SEEDS = 3
local SHARE = 0.05 -- of the budget that the tests may take

-- The recipe as range tests take it.
local function test_recipe(r)
  local x = rate.of(r) or rate.default(r) or rate.TYPICAL
  local base = subject.recipe(r, { lr = x, share = 1, seed = 0 })
  local optimizer = base.opts.optimizer
  if type(optimizer.opts.lr) ~= "number" then
    optimizer = options.with(optimizer, { lr = x })
  end
  return options.with(base, { optimizer = optimizer }, { "schedule", "stop" })
end

--- Range tests of a recipe: { low, high, updates = what they cost, about }.
---@param r table a resolved recipe
---@param updates number the budget
---@return { low: number?, high: number?, updates: integer }
function bracket.of(r, updates)
  local seeds = math.min(SEEDS, math.floor(SHARE * updates / UPDATES))
  if seeds < 1 then
    return { updates = 0 }
  end
  local found = range.bracket(test_recipe(r), { seeds = math.tointeger(seeds), from = FROM, to = TO,
    n = POINTS })
  return { low = found.moves and found.low or nil, high = found.turns and found.high or nil,
    updates = math.tointeger(seeds * UPDATES) }
end

return bracket
