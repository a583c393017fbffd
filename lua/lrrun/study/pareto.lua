--- Studies of several objectives: which trials no other beats, which of those is in the middle,
--- and one value for strategies that want one.
--
-- Source of the value: ParEGO (J. Knowles, IEEE Transactions on Evolutionary Computation 10,
-- 2006), the augmented Chebyshev function of weights that each proposal draws anew. Other than
-- there objectives count by their ranks among the trials known, not by their values: which
-- trials are beaten hangs on no scale either, and one that diverged does not flatten the rest.
-- Layer: study.

local rng = require "lrrun.native.rng"

local pareto = {}

local AUGMENT = 0.05 -- Knowles' rho
local SUB = 1 -- of the stream TRIAL, whose 0 has the trials' seeds

--- The objectives of a trial, each so that less is better; nil where it has none.
---@param set table the study's settings
---@param trial table
---@return number[]?
function pareto.values(set, trial)
  if not trial.objectives or trial.state == "fail" then
    return nil
  end
  local out = {}
  for i, item in ipairs(set.objectives) do
    out[i] = (item.mode == "max" and -1 or 1) * trial.objectives[i]
  end
  return out
end

-- Whether a is nowhere worse than b, and somewhere better.
local function dominates(a, b)
  local better = false
  for i, value in ipairs(a) do
    if value > b[i] then
      return false
    end
    better = better or value < b[i]
  end
  return better
end

--- The trials of a study that no other one beats, by number.
---@param study table
---@return table[]
function pareto.front(study)
  local list, out = {}, {}
  for number = 0, study.count - 1 do
    local t = study.trials[number]
    local values = t and t.state == "complete" and pareto.values(study.set, t)
    list[#list + 1] = values and { trial = t, values = values } or nil
  end
  for _, one in ipairs(list) do
    local beaten = false
    for _, other in ipairs(list) do
      beaten = beaten or dominates(other.values, one.values)
    end
    out[#out + 1] = not beaten and one.trial or nil
  end
  return out
end

--- The knee: of the trials that no other beats the nearest to what is best in each objective,
--- where each goes from 0 to 1 over these trials; the earliest of equals. Nil where there is none.
---@param study table
---@return table?
function pareto.knee(study)
  local front = pareto.front(study)
  local lowest, highest, best, least = {}, {}, nil, nil
  for _, t in ipairs(front) do
    for i, value in ipairs(pareto.values(study.set, t)) do
      lowest[i] = math.min(lowest[i] or value, value)
      highest[i] = math.max(highest[i] or value, value)
    end
  end
  for _, t in ipairs(front) do
    local sum = 0
    for i, value in ipairs(pareto.values(study.set, t)) do
      local width = highest[i] - lowest[i]
      sum = sum + (width > 0 and ((value - lowest[i]) / width) ^ 2 or 0)
    end
    if not least or sum < least then
      best, least = t, sum
    end
  end
  return best
end

-- k weights that sum to 1, evenly from all such: gaps between sorted random numbers.
local function weights(seed, number, k)
  local cuts, out = { 0, 1 }, {}
  for i = 1, k - 1 do
    cuts[#cuts + 1] = rng.uniform(seed, "TRIAL", SUB, number, i)
  end
  table.sort(cuts)
  for i = 1, k do
    out[i] = cuts[i + 1] - cuts[i]
  end
  return out
end

-- Ranks of the numbers column(1) to column(n) from 0 to 1; equal ones have their mean.
local function ranks(n, column)
  local sorted, first, count = {}, {}, {}
  for i = 1, n do
    sorted[i] = column(i)
  end
  table.sort(sorted)
  for i, value in ipairs(sorted) do
    first[value], count[value] = first[value] or i, (count[value] or 0) + 1
  end
  local out = {}
  for i = 1, n do
    local value = column(i)
    out[i] = n > 1 and (first[value] - 1 + (count[value] - 1) / 2) / (n - 1) or 0
  end
  return out
end

--- A value for each list of objectives (pareto.values) that are known to proposal `number`.
---@param seed integer of the study
---@param number integer
---@param list number[][]
---@return number[]
function pareto.scalars(seed, number, list)
  local k = list[1] and #list[1] or 0
  local weight, largest, sum = weights(seed, number, k), {}, {}
  for j = 1, k do
    local rank = ranks(#list, function(i)
      return list[i][j]
    end)
    for i, r in ipairs(rank) do
      largest[i] = math.max(largest[i] or 0, weight[j] * r)
      sum[i] = (sum[i] or 0) + weight[j] * r
    end
  end
  local out = {}
  for i = 1, #list do
    out[i] = largest[i] + AUGMENT * sum[i]
  end
  return out
end

return pareto
