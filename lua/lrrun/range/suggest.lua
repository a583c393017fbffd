--- Learning rates that the curve of a range test suggests, how far they agree, and the bracket
--- that holds where they do not.
--
-- The four methods go by the names of fastai's lr_find (valley, slide, minimum, steep), and none
-- looks past the curve's minimum, behind which the loss blows up and falls again by chance. Two
-- read the moving average, as there; two the trend without lag (curve.lua). Layer: range.

local curve = require "lrrun.range.curve"

local suggest = {}

suggest.methods = { "valley", "slide", "minimum", "steep" }

local LEAST = 12 -- points that the methods need
local APART = 10 -- highest over lowest suggestion from which they give no consensus
local BELOW = 0.5 -- decades that a sweep has to begin below where the fall is done
local SHARE = 1.3 -- of the first tenth's mean loss; a first loss above it has fallen at once
local WINDOW = 0.25 -- decades to each side over which a slope is taken

-- Each gives log10 of a rate, or nil where it does not apply. `last`: the cell of the minimum.
local METHODS = {}

-- The middle of the valley: between where nine tenths of the fall are done and where a tenth of
-- it is lost again.
function METHODS.valley(look, last)
  if not look.turned then
    return nil
  end
  local right = look.cells[look.edge or #look.cells].x
  return math.min(look.cells[last].x, (2 * look.cells[look.foot].x + right) / 3)
end

-- Where the slide ends: nine tenths of the fall are done.
function METHODS.slide(look, last)
  return look.turned and look.cells[math.min(look.foot, last)].x or nil
end

-- A tenth of where the moving average is lowest, which lags by about a decade.
function METHODS.minimum(look, last)
  local x = look.cells[look.average_lowest].x - 1
  if not look.turned or x < look.cells[1].x then
    return nil
  end
  return math.min(look.cells[last].x, x)
end

-- Where the moving average falls fastest with log lr.
function METHODS.steep(look, last)
  local cells = look.cells
  local left, right, best, at = 1, 1, 0, nil
  for i = look.onset, last do
    while cells[left].x < cells[i].x - WINDOW do
      left = left + 1
    end
    while right < last and cells[right + 1].x <= cells[i].x + WINDOW do
      right = right + 1
    end
    local slope = right > left and (cells[right].average - cells[left].average)
      / (cells[right].x - cells[left].x) or 0
    if slope < best then
      best, at = slope, i
    end
  end
  return at and cells[at].x
end

--- The median of rates, in log lr: of an even number the geometric mean of the middle two. Nil of
--- none.
---@param rates number[]
---@return number?
function suggest.median(rates)
  local sorted = table.move(rates, 1, #rates, 1, {})
  table.sort(sorted)
  local middle = #sorted // 2
  if #sorted % 2 == 1 then
    return sorted[middle + 1]
  end
  return middle > 0 and math.sqrt(sorted[middle]) * math.sqrt(sorted[middle + 1]) or nil
end

-- "valley 0.01, slide 0.003"
local function listed(suggestions)
  local parts = {}
  for _, name in ipairs(suggest.methods) do
    local lr = suggestions[name]
    parts[#parts + 1] = lr and ("%s %.3g"):format(suggest.label(name), lr) or nil
  end
  return table.concat(parts, ", ")
end

suggest.listed = listed

--- What people read: the minimum's rate is divided by 10.
function suggest.label(name)
  return name == "minimum" and "minimum/10" or name
end

--- The median of the methods' rates; nil and why where they do not agree, or fewer than two apply.
---@param suggestions table<string, number>
---@return number?, string?
function suggest.consensus(suggestions)
  local rates, low, high = {}, math.huge, 0
  for _, name in ipairs(suggest.methods) do
    local lr = suggestions[name]
    if lr then
      rates[#rates + 1], low, high = lr, math.min(low, lr), math.max(high, lr)
    end
  end
  if #rates < 2 then
    return nil, "the loss does not rise again up to the highest rate, so that nothing shows where "
      .. "rates become too high"
  elseif suggest.are_apart(low, high) then
    return nil, ("its methods differ by a factor of %.0f (%s)"):format(high / low,
      listed(suggestions))
  end
  return suggest.median(rates)
end

--- Whether rates lie too far apart to be of one mind.
function suggest.are_apart(low, high)
  return high > APART * low
end

local function too_few(points, planned)
  return ("%d points are too few to suggest a rate (%d are needed after the first %d and the last "
    .. "5): the loss grew or was not finite from lr = %.3g on; a lower 'from' may help"):format(
    #points, LEAST, planned // 10, points[#points] and points[#points].lr or 0)
end

local function too_high(points)
  return ("the loss falls from the first rate on, %.3g: lower ones were not tried; a lower 'from' "
    .. "shows them"):format(points[1].lr)
end

local function hardly_moves(points, look, high)
  local cells, at = look.cells, look.lowest
  if cells[at].x < cells[1].x + 2 * BELOW and points[1].loss > SHARE * look.start then
    return too_high(points) -- within the first few updates
  end
  return ("the loss hardly moves within the sweep: it never falls between lr = %.3g and %.3g "
    .. "beyond its scatter (it begins at %.4g, its lowest mean is %.4g): no rate to suggest; lrrun "
    .. "advise asks whole runs"):format(points[1].lr, high, look.start,
    look.cells[look.lowest].trend)
end

--- What a sweep says: { suggestions, bracket = { low, high }, moves, turns }, and gives its points
--- their trend. low: the lowest rate that moves the loss (the first one where none does); high: the
--- highest that does not blow up (the last one where none does, and turns is false). Where the loss
--- does not move beyond its scatter, or the points are too few, suggestions are nil; then the
--- second value says why.
---@param points { lr: number, loss: number, smoothed: number }[]
---@param planned integer points that the sweep was to have
---@return table found, string? why
function suggest.all(points, planned)
  if #points - planned // 10 - 5 < LEAST then
    return {}, too_few(points, planned)
  end
  local look = curve.read(points, #points < planned)
  local cells = look.cells
  local high = cells[look.rise or #cells].lr
  if not look.falls then
    return { bracket = { low = points[1].lr, high = high }, moves = false,
      turns = look.rise ~= nil }, hardly_moves(points, look, high)
  end
  local found = { moves = true, turns = look.turned,
    bracket = { low = cells[look.onset].lr, high = high } }
  if cells[look.foot].x < cells[1].x + BELOW then
    return found, too_high(points)
  end
  local last, out = math.min(look.lowest, look.average_lowest), {}
  for _, name in ipairs(suggest.methods) do
    local x = METHODS[name](look, last)
    out[name] = x and math.min(10 ^ x, cells[last].lr)
  end
  found.suggestions = out
  return found
end

return suggest
