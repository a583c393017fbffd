--- Which rates an answer cannot tell apart, and which whole runs would.
--
-- The process knows how sure it is of the difference between two rates: on the tasks of
-- tests/bench/advice true differences lie as far from its own as it says (by 0.7 to 1.3 of its
-- deviations in the root mean square, from a factor of 2 to one of 16 beside the suggestion). So a
-- rate is as good as the suggested one for all that is known where the difference that is expected
-- is less than SURE deviations. Layer: advise.

local resolution = {}

local SURE = 1.64 -- deviations: one case of twenty lies beyond
local DECADE = 1 -- what has to lie between rates that cannot be told apart to be worth a word
-- Whole runs that would tell: a rate each GAP decades, FEWEST seeds at each and more.
local GAP, FEWEST = 0.3, 2

local max = math.max

-- Seeds at each rate with which means that differ by `little` do so beyond doubt.
local function seeds_for(noise, little)
  return max(FEWEST, math.ceil(2 * (SURE * noise / little) ^ 2))
end

--- Rates around the suggestion that may be as good for all that the trainings show, where they are
--- a factor of ten apart and more: { first, last = places in the grid; points, seeds, runs = whole
--- runs that would tell differences of `little` }; else nil.
---@param fit table of process.fit
---@param at integer place of the suggestion
---@param first integer place of the lowest rate that was tried
---@param last integer and of the highest
---@param little number a difference that is worth telling, in units of process.measure
---@return table?
function resolution.of(fit, at, first, last, little)
  local low, high = at, at
  local function may_be_as_good(g)
    return fit.mean[g] - fit.mean[at] <= SURE * fit:deviation(g, at)
  end
  while low > first and may_be_as_good(low - 1) do
    low = low - 1
  end
  while high < last and may_be_as_good(high + 1) do
    high = high + 1
  end
  local decades = fit.grid[high] - fit.grid[low]
  if decades < DECADE - 1e-9 then
    return nil
  end
  local points, seeds = math.ceil(decades / GAP - 1e-9) + 1, seeds_for(fit.noise, little)
  return { first = low, last = high, points = points, seeds = seeds, runs = points * seeds }
end

return resolution
