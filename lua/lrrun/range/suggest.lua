--- Learning rates that the curve of a range test suggests. Source: the methods of fastai's
--- lr_find (valley, slide, minimum, steep), with slopes against log lr. Layer: range.

local suggest = {}

suggest.methods = { "valley", "slide", "minimum", "steep" }

local LEAST = 12 -- points that the methods need
local FALL = 0.01 -- share of its first value by which the loss has to fall
local SCATTER = 2 -- and multiples of the smoothed loss's own scatter
local APART = 1000 -- highest over lowest suggestion from which they contradict each other

-- For each point the length of the longest falling subsequence that ends there.
local function falling(losses)
  local length = {}
  for i = 1, #losses do
    length[i] = 1
    for j = 1, i - 1 do
      if losses[i] < losses[j] and length[i] < length[j] + 1 then
        length[i] = length[j] + 1
      end
    end
  end
  return length
end

-- Half way down the longest fall.
local function valley(lrs, losses)
  local length, last = falling(losses), 1
  for i = 2, #losses do
    if length[i] > length[last] then
      last = i
    end
  end
  -- As in the source: places from 0, and a fall that begins one before its first point.
  local first = last - 1 - length[last]
  local section = length[last] / 3
  return lrs[math.max(0, first + section // 1 + section / 2 // 1) + 1]
end

local function gradient(losses)
  local n, out = #losses, {}
  out[1], out[n] = losses[2] - losses[1], losses[n] - losses[n - 1]
  for i = 2, n - 1 do
    out[i] = (losses[i + 1] - losses[i - 1]) / 2
  end
  return out
end

-- From the right: the left end of a window whose ends' slopes agree.
local function slide(lrs, losses)
  local GAP, THRESHOLD = 15, 0.005
  local slope = gradient(losses)
  local right = #lrs
  local left = math.max(1, right - GAP)
  local lr = lrs[left]
  while left >= 1 and math.abs(slope[right] - slope[left]) > THRESHOLD do
    lr = lrs[left]
    right, left = right - 1, left - 1
  end
  return lr
end

local function lowest(values, count)
  local at = 1
  for i = 2, count do
    if values[i] < values[at] then
      at = i
    end
  end
  return at
end

local function steep(lrs, losses)
  local slope = {}
  for i = 1, #lrs - 1 do
    slope[i] = (losses[i + 1] - losses[i]) / (math.log(lrs[i + 1]) - math.log(lrs[i]))
  end
  return lrs[lowest(slope, #lrs - 1)]
end

--- The median of rates, in log lr: of an even number the geometric mean of the middle two.
---@param rates number[]
---@return number
function suggest.median(rates)
  local sorted = table.move(rates, 1, #rates, 1, {})
  table.sort(sorted)
  local middle = #sorted // 2
  if #sorted % 2 == 1 then
    return sorted[middle + 1]
  end
  return math.sqrt(sorted[middle]) * math.sqrt(sorted[middle + 1])
end

--- The median of all methods' rates.
---@param suggestions table<string, number>
function suggest.consensus(suggestions)
  local rates = {}
  for i, name in ipairs(suggest.methods) do
    rates[i] = suggestions[name]
  end
  return suggest.median(rates)
end

-- How far the smoothed loss is off by chance: that of single losses, which differences of
-- neighbours tell whatever the trend, over the root of how many it has averaged at first.
local function scatter(points, first, last)
  local sum = 0
  for i = first, last do
    sum = sum + (points[i].loss - points[i - 1].loss) ^ 2 / 2
  end
  return math.sqrt(sum / (last - first + 1) / (first - 1))
end

--- Whether the methods' rates lie so far apart that the curve has to be looked at.
---@param suggestions table<string, number>
function suggest.contradict(suggestions)
  local low, high = math.huge, 0
  for _, name in ipairs(suggest.methods) do
    low, high = math.min(low, suggestions[name]), math.max(high, suggestions[name])
  end
  return high > APART * low
end

--- What each method says of a sweep. The first tenth of the `planned` points and the last
--- five are left out. Nil and why where they say nothing.
---@param points { lr: number, loss: number, smoothed: number }[]
---@param planned integer points that the sweep was to have
---@return { valley: number, slide: number, minimum: number, steep: number }?, string?
function suggest.all(points, planned)
  local lrs, losses = {}, {}
  local first = planned // 10 + 1
  for i = first, #points - 5 do
    lrs[#lrs + 1], losses[#losses + 1] = points[i].lr, points[i].smoothed
  end
  if #lrs < LEAST then
    return nil, ("%d points are too few to suggest a rate (%d are needed after the first %d and "
      .. "the last 5): the loss grew or was not finite from lr = %.3g on; a lower 'from' or a "
      .. "larger 'n' may help"):format(math.max(0, #points), LEAST, planned // 10,
      points[#points] and points[#points].lr or 0)
  end
  local least = lowest(losses, #losses)
  local fall = losses[1] - losses[least]
  if fall <= FALL * math.abs(losses[1])
    or fall <= SCATTER * scatter(points, first, first + least - 1) then
    return nil, ("the loss never falls between lr = %.3g and %.3g beyond its scatter (it begins "
      .. "at %.4g, its lowest is %.4g): no rate to suggest; larger batches or a higher 'to' may "
      .. "help, targets far from 0 need scaling"):format(lrs[1], lrs[#lrs], losses[1],
      losses[least])
  end
  return {
    valley = valley(lrs, losses), slide = slide(lrs, losses), minimum = lrs[least] / 10,
    steep = steep(lrs, losses),
  }
end

return suggest
