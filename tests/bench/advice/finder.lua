--- Rules of learning-rate finders as fastai has them (lr_find and its suggestion functions in
--- callback/schedule.py of fastai 2.7), to compare with: they see the loss while the rate rises.

local finder = {}

local UPDATES, FROM, TO = 100, 1e-7, 10
local BETA = 0.98 -- of the smoothed loss
local GROWTH = 4 -- times the best from which the sweep ends

local function lowest(values)
  local at = 1
  for i, value in ipairs(values) do
    at = value < values[at] and i or at
  end
  return at
end

-- Half way down the longest falling subsequence.
function finder.valley(lrs, losses)
  local length, last = {}, 1
  for i = 1, #losses do
    length[i] = 1
    for j = 1, i - 1 do
      if losses[i] < losses[j] and length[i] < length[j] + 1 then
        length[i] = length[j] + 1
      end
    end
    last = length[i] > length[last] and i or last
  end
  local first, section = last - 1 - length[last], length[last] / 3
  return lrs[math.max(0, first + section // 1 + section / 2 // 1) + 1]
end

-- From the right: the left end of a window whose ends' slopes agree.
function finder.slide(lrs, losses)
  local slope, n = {}, #losses
  for i = 1, n do
    local a, b = math.max(1, i - 1), math.min(n, i + 1)
    slope[i] = (losses[b] - losses[a]) / (b - a)
  end
  local right, left = n, math.max(1, n - 15)
  local lr = lrs[left]
  while left >= 1 and math.abs(slope[right] - slope[left]) > 0.005 do
    lr = lrs[left]
    right, left = right - 1, left - 1
  end
  return lr
end

function finder.minimum(lrs, losses)
  return lrs[lowest(losses)] / 10
end

function finder.steep(lrs, losses)
  local slope = {}
  for i = 1, #lrs - 1 do
    slope[i] = (losses[i + 1] - losses[i]) / (math.log(lrs[i + 1]) - math.log(lrs[i]))
  end
  return lrs[lowest(slope)]
end

--- Rates that the rules say of a sweep: { valley, slide, minimum, steep }, nil where it is too
--- short.
---@param step fun(lr: number): number? one update at a rate: its loss, nil where it was not finite
---@return table<string, number>?
function finder.rates(step)
  local lrs, losses, mean, best = {}, {}, 0, math.huge
  for i = 1, UPDATES do
    local lr = FROM * (TO / FROM) ^ ((i - 1) / (UPDATES - 1))
    local loss = step(lr)
    if not loss then
      break
    end
    mean = BETA * mean + (1 - BETA) * loss
    lrs[i], losses[i] = lr, mean / (1 - BETA ^ i)
    if i > 1 and losses[i] > GROWTH * best then
      break
    end
    best = math.min(best, losses[i])
  end
  local first, last = UPDATES // 10 + 1, #lrs - 5
  if last - first < 4 then
    return nil
  end
  lrs, losses = table.move(lrs, first, last, 1, {}), table.move(losses, first, last, 1, {})
  local out = {}
  for _, name in ipairs { "valley", "slide", "minimum", "steep" } do
    out[name] = finder[name](lrs, losses)
  end
  return out
end

return finder
