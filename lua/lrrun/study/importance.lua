--- How much each dimension mattered: the share of the values' spread that bins of the
--- dimension alone explain.
--
-- Values are replaced by their ranks, so that one diverging trial does not hide the rest. A
-- numeric dimension is cut into bins of equal counts, a choice into its choices; trials
-- where it was not active are a bin of their own. The measure is Kelley's epsilon squared,
-- the correlation ratio corrected for the number of bins (T. L. Kelley, PNAS 21, 1935):
-- (SS_between - (k - 1) MS_within) / SS_total, 0 at least; shares are scaled to add up to 1.
-- It sees each dimension alone: what only two together explain is not in it. The idea of
-- marginal variance is that of fANOVA (Hutter et al., ICML 2014). Layer: study.

local importance = {}

local LEAST, MOST_BINS, PER_BIN = 4, 6, 3 -- trials, bins, trials of a bin

-- Ranks from 1; equal values have their mean.
local function ranks_of(values)
  local order = {}
  for i = 1, #values do
    order[i] = i
  end
  table.sort(order, function(a, b)
    if values[a] ~= values[b] then
      return values[a] < values[b]
    end
    return a < b
  end)
  local ranks, i = {}, 1
  while i <= #order do
    local j = i
    while j < #order and values[order[j + 1]] == values[order[i]] do
      j = j + 1
    end
    for k = i, j do
      ranks[order[k]] = (i + j) / 2
    end
    i = j + 1
  end
  return ranks
end

-- The bin of each trial.
local function bins_of(dim, place, trials)
  local bins, active = {}, {}
  for i, trial in ipairs(trials) do
    local x = trial.point[place]
    if not x then
      bins[i] = 0
    elseif dim.labels then
      bins[i] = x
    else
      active[#active + 1] = i
    end
  end
  local numbers = {}
  for k, i in ipairs(active) do
    numbers[k] = trials[i].point[place]
  end
  local ranks = ranks_of(numbers)
  local count = math.max(2, math.min(MOST_BINS, #active // PER_BIN))
  for k, i in ipairs(active) do
    bins[i] = 1 + math.floor((ranks[k] - 0.5) * count / #active)
  end
  return bins
end

local function epsilon_squared(bins, ranks)
  local n, mean = #ranks, (#ranks + 1) / 2
  local sums, counts, total, kinds, between, last = {}, {}, 0, 0, 0, 0
  for i, bin in ipairs(bins) do
    last = math.max(last, bin)
    kinds = kinds + (counts[bin] and 0 or 1)
    sums[bin] = (sums[bin] or 0) + ranks[i] - mean
    counts[bin] = (counts[bin] or 0) + 1
    total = total + (ranks[i] - mean) ^ 2
  end
  for bin = 0, last do
    if counts[bin] then
      between = between + sums[bin] ^ 2 / counts[bin]
    end
  end
  if kinds < 2 or n <= kinds or total == 0 then
    return 0
  end
  return math.max(0, (between - (kinds - 1) * (total - between) / (n - kinds)) / total)
end

--- Name -> share for every dimension, or nil with too few trials that have a value.
---@param study table
---@return table<string, number>?
function importance.of(study)
  local trials, values = {}, {}
  for number = 0, study.count - 1 do
    local t = study.trials[number]
    if t and t.value and t.state ~= "fail" then
      trials[#trials + 1] = t
      values[#values + 1] = t.value
    end
  end
  if #trials < LEAST then
    return nil
  end
  local ranks, shares, sum = ranks_of(values), {}, 0
  for place, dim in ipairs(study.space.dims) do
    shares[dim.name] = epsilon_squared(bins_of(dim, place, trials), ranks)
    sum = sum + shares[dim.name]
  end
  for name, share in pairs(shares) do
    shares[name] = sum > 0 and share / sum or 0
  end
  return shares
end

return importance
