--- The rate of one choice among several: what its trainings say and what a rule expects, together.
--
-- Trainings of a choice are few and short, and a flat valley has its lowest point anywhere. A rule
-- (schedule.transfer, the square root of the batch) is right to a factor of about two, so where
-- the trainings cannot tell its rate from their best, the rule's stands. Layer: advise.

local choice = {}

local WIDE = 1.2 -- decades of an interval from which a rate is not known
local SAME = 10 ^ 0.1 -- rates closer than this factor are as good as the same
local LOWER = 10 ^ -0.3 -- the next rate where nothing says which
local LEAST = 10 ^ 0.3 -- of the interval on each side of a rate, as in curve.lua

local function round(x)
  return tonumber(("%.3g"):format(x))
end

-- Loss that the curve has at a rate; at its ends that of the end.
local function loss_at(answer, lr)
  local best, far
  for _, p in ipairs(answer.curve) do
    local distance = math.abs(math.log(p.lr / lr))
    if not far or distance < far then
      best, far = p.loss, distance
    end
  end
  return best or answer.expected
end

--- The answer with another rate: what there is to expect there, and what to warn of there.
---@param answer table of curve.answer
---@param lr number
---@param rates number[]? that whole runs were made at beside its trainings
---@return table
function choice.at(answer, lr, rates)
  local out = {}
  for key, item in pairs(answer) do
    out[key] = item
  end
  out.warnings = answer.warn(lr, rates or {})
  if lr == answer.suggestion then
    return out
  end
  out.suggestion = lr
  out.expected = loss_at(answer, lr)
  out.third, out.triple = loss_at(answer, lr / 3), loss_at(answer, lr * 3)
  out.interval = { low = math.min(answer.interval.low, round(lr / LEAST)),
    high = math.max(answer.interval.high, round(lr * LEAST)) }
  return out
end

--- The answer at the rule's rate, where that is as good; in a wide interval no higher than the
--- rule's anyway, as too low costs less than too high.
---@param answer table of curve.answer
---@param near number? what a rule expects
---@return table
function choice.settle(answer, near)
  local interval = answer.interval
  if not near or near < interval.low or near > interval.high then
    return answer
  end
  return choice.at(answer, round(near))
end

--- Another rate to try in whole runs: the rule's, else a lower one. Nil where there is none.
---@param rates number[] that were tried so, the best first
---@param near number?
---@return number?
function choice.rival(rates, near)
  local function is_new(lr)
    for _, other in ipairs(rates) do
      if lr / other < SAME and other / lr < SAME then
        return false
      end
    end
    return true
  end
  if near and is_new(near) then
    return round(near)
  end
  local lower = round(rates[1] * LOWER)
  return lower > 0 and is_new(lower) and lower or nil
end

--- Whether the trainings say where the best rate is: not anywhere over more than a decade, and not
--- at the end of what was tried. Whole runs at a lower rate that were no better say as much of the
--- low end.
---@param answer table of curve.answer
---@param results table[] of its search
---@param rates number[] of whole runs, the best first
---@return boolean
function choice.is_known(answer, results, rates)
  local low, high = math.huge, 0
  for _, p in ipairs(results) do
    if p.loss then
      low, high = math.min(low, p.lr), math.max(high, p.lr)
    end
  end
  local best = rates[1] or answer.suggestion
  for _, lr in ipairs(rates) do
    low, high = math.min(low, lr), math.max(high, lr)
  end
  return best > low and best < high
    and math.log(answer.interval.high / answer.interval.low, 10) <= WIDE
end

return choice
