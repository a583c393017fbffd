--- Choices at their own best rates against each other: differences in units of what seeds make, in
--- words. Layer: advise.

local comparison = {
  --- Whole runs of each choice, and deviations from which there is a difference.
  SEEDS = 3, NOTHING = 1,
}

local NOTHING, CLEAR = comparison.NOTHING, 2 -- deviations
local LEAST = 1e-3 -- of the losses: seeds may change nothing at all, and what is less is nothing

-- Mean, squares about it and count of losses by seed.
local function sums_of(losses)
  local sum, n = 0, 0
  for _, x in pairs(losses) do
    sum, n = sum + x, n + 1
  end
  local mean, squares = n > 0 and sum / n or nil, 0
  for seed = 0, comparison.SEEDS - 1 do -- in one order, for the same bits
    squares = squares + (losses[seed] and (losses[seed] - mean) ^ 2 or 0)
  end
  return mean, squares, n
end

--- The spread that seeds make: the deviation of losses about the mean of their choice, of all
--- choices together, and at least LEAST of the first choice's losses.
---@param lists table<integer, number>[] losses by seed of each choice
---@return number
function comparison.spread(lists)
  local squares, free = 0, 0
  for _, losses in ipairs(lists) do
    local _, own, n = sums_of(losses)
    squares, free = squares + own, free + math.max(0, n - 1)
  end
  local first = lists[1] and sums_of(lists[1]) or 0
  return math.max(free > 0 and (squares / free) ^ 0.5 or 0, LEAST * math.abs(first))
end

--- Mean loss over seeds; nil where one of them has none.
---@param losses table<integer, number>
---@return number?
function comparison.mean(losses)
  local mean, _, n = sums_of(losses)
  return n == comparison.SEEDS and mean or nil
end

--- What a difference of so many deviations is (losses: below 0 is better).
---@param units number? nil: there is no loss to compare
---@param known boolean? whether the rate is known that well that it is not the rate's
---@return string
function comparison.words(units, known)
  if not units then
    return known and "diverges" or "not found: it diverges at the rates that were tried"
  elseif math.abs(units) < NOTHING then
    return "no difference that other seeds would not make"
  elseif units > 0 and not known then
    return "not found: its best rate is not known well enough to say"
  end
  local sure = math.abs(units) >= CLEAR and "" or "perhaps "
  return sure .. (units < 0 and "better" or "worse")
end

--- Whether a choice is better than the recipe as it is beyond doubt.
---@param units number?
function comparison.is_better(units)
  return units ~= nil and units <= -CLEAR
end

return comparison
