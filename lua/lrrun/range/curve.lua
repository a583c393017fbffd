--- The curve of a range test over log lr: its moving average, its trend without lag, and the
--- places on it that rates are read off.
--
-- All widths are in decades of the rate, none in numbers of points, so that more points make
-- the same curve smoother and no other one. Layer: range.

local curve = {}

-- Decades over which the moving average forgets to 1/e: 0.98 a point with 100 of them from 1e-7
-- to 10, as fastai and Lightning have it. It lags behind the loss by about one decade.
local MEMORY = 8 / 99 / -math.log(0.98)
local KERNEL = 0.2 -- standard deviation in decades of the trend's kernel
local CELL = KERNEL / 8 -- points nearer to each other than this count as one
local REACH = 3.5 -- standard deviations after which a kernel is left out
local START = 0.1 -- share of the sweep's decades, at its beginning, whose mean is the start
local CAP = 0.5 -- how far above the start the trend is cut, as a share of the lowest loss below it
local FALL = 0.01 -- share of the start by which the trend has to fall
local SCATTER = 4 -- and multiples of the trend's own scatter

-- Shares of the fall: where it has begun, where it is done, where it is lost again.
local ONSET, FOOT, EDGE, RISE = 0.1, 0.93, 0.1, 0.5
local ABOVE = 0.1 -- share of the start above it, where nothing falls that could be lost

local log10 = function(x)
  return math.log(x, 10)
end

--- The moving average of a loss over log lr, without its bias at the start: a function that takes
--- a rate and a loss after the other.
---@return fun(lr: number, loss: number, gap: number): number
function curve.average(gap)
  local mean, left, last = 0, 1, nil
  return function(lr, loss)
    local x = log10(lr)
    local keep = math.exp(-(last and x - last or gap) / MEMORY)
    mean, left, last = keep * mean + (1 - keep) * loss, left * keep, x
    return mean / (1 - left)
  end
end

-- Points in cells: { x = mean log lr, lr = that of the first, loss, average = means, n }; a point
-- knows its cell.
local function cells_of(points, cap)
  local cells, of = {}, {}
  local first
  for i, point in ipairs(points) do
    local x = log10(point.lr)
    local cell = cells[#cells]
    if not cell or x - first > CELL then
      cell, first = { x = 0, loss = 0, average = 0, n = 0, lr = point.lr }, x
      cells[#cells + 1] = cell
    end
    cell.n = cell.n + 1
    cell.x = cell.x + (x - cell.x) / cell.n
    cell.loss = cell.loss + (math.min(point.loss, cap) - cell.loss) / cell.n
    cell.average = cell.average + (point.smoothed - cell.average) / cell.n
    of[i] = cell
  end
  return cells, of
end

-- What lies behind a blow-up: losses as high as the cut, as far as a kernel reaches.
local function beyond(cells, cap)
  local last = cells[#cells]
  local gap = #cells > 1 and (last.x - cells[1].x) / (#cells - 1) or KERNEL
  local out = table.move(cells, 1, #cells, 1, {})
  for i = 1, math.ceil(REACH * KERNEL / gap) do
    out[#out + 1] = { x = last.x + i * gap, loss = cap, n = last.n }
  end
  return out
end

-- Each cell's trend: the mean of all about it, weighed by a Gaussian of log lr.
local function add_trend(cells, all)
  local from = 1
  for _, cell in ipairs(cells) do
    while all[from].x < cell.x - REACH * KERNEL do
      from = from + 1
    end
    local sum, weights, at = 0, 0, from
    while all[at] and all[at].x <= cell.x + REACH * KERNEL do
      local w = all[at].n * math.exp(-((all[at].x - cell.x) / KERNEL) ^ 2 / 2)
      sum, weights, at = sum + w * all[at].loss, weights + w, at + 1
    end
    cell.trend = sum / weights
  end
end

-- Mean loss of the first tenth of the decades, and of how many points.
local function start_of(points)
  local low, high = log10(points[1].lr), log10(points[#points].lr)
  local sum, count = 0, 0
  for _, point in ipairs(points) do
    if count >= 3 and log10(point.lr) > low + START * (high - low) then
      break
    end
    sum, count = sum + point.loss, count + 1
  end
  return sum / count, count
end

local function lowest(cells, key)
  local at = 1
  for i = 2, #cells do
    if cells[i][key] < cells[at][key] then
      at = i
    end
  end
  return at
end

-- How far the trend of cells up to `last` is off by chance: single losses scatter as differences of
-- neighbours tell, whatever the trend; a kernel averages so many of them, and the start `count`.
local function scatter_of(cells, last, count)
  local sum, n, points = 0, 0, 0
  for i = 2, last do
    local a, b = cells[i - 1], cells[i]
    sum, n = sum + (b.loss - a.loss) ^ 2 / (1 / a.n + 1 / b.n), n + 1
    points = points + b.n
  end
  if n == 0 then
    return 0
  end
  local per_decade = points / math.max(cells[last].x - cells[1].x, CELL)
  local within = math.max(1, 2 * math.sqrt(math.pi) * KERNEL * per_decade)
  return math.sqrt(sum / n * (1 / within + 1 / count))
end

-- The first cell of [first, last] for which `is` holds.
local function first_where(cells, first, last, is)
  for i = first, last do
    if is(cells[i].trend) then
      return i
    end
  end
  return nil
end

--- Reads a curve of at least one point. `blew_up`: whether the sweep ended before its last rate.
-- Gives each point its `trend`, and of the curve: cells = { { x = log10 lr, trend, average } },
-- start, lowest and average_lowest = the cells of the trend's and the average's minimum, falls =
-- whether the trend falls beyond its scatter; where it does, onset, foot = cells where a tenth and
-- 93 % of the fall is done, edge = the cell behind the minimum where a tenth of it is lost
-- again, turned = whether there is one, or the sweep blew up. rise = the cell from which rates are
-- too high: half of the fall is lost again, or the trend is above the start; nil where the sweep
-- never gets there.
---@param points { lr: number, loss: number, smoothed: number }[]
---@param blew_up boolean
---@return table
function curve.read(points, blew_up)
  local start, count = start_of(points)
  local least = math.huge
  for _, point in ipairs(points) do
    least = math.min(least, point.loss)
  end
  local cap = start + math.max(CAP * (start - least), 2 * ABOVE * math.abs(start))
  local cells, of = cells_of(points, cap)
  add_trend(cells, blew_up and beyond(cells, cap) or cells)
  for i, point in ipairs(points) do
    point.trend = of[i].trend
  end
  local at = lowest(cells, "trend")
  local low, fall = cells[at].trend, start - cells[at].trend
  local falls = fall > FALL * math.abs(start) and fall > SCATTER
    * scatter_of(cells, math.max(at, #cells // 2), count)
  local function down(share)
    return first_where(cells, 1, at, function(trend)
      return trend <= start - share * fall
    end)
  end
  local function up(level)
    return first_where(cells, at, #cells, function(trend)
      return trend >= level
    end)
  end
  local edge = falls and up(low + EDGE * fall) or nil
  return { cells = cells, start = start, lowest = at, average_lowest = lowest(cells, "average"),
    falls = falls, onset = falls and down(ONSET) or nil, foot = falls and down(FOOT) or nil,
    edge = edge, turned = falls and (blew_up or edge ~= nil),
    rise = up(falls and low + RISE * fall or start + ABOVE * math.abs(start)) }
end

--- How many points are to be shown, and the loss where the picture is cut: none behind the
--- blow-up, where the trend has lost half of its fall again and leaves the picture or turns down;
--- nil for the cut where it never leaves it.
---@param points { trend: number }[] as curve.read leaves them
---@return integer count, number? top
function curve.shown(points)
  local at, start = 1, points[1].trend
  for i, point in ipairs(points) do
    at = point.trend < points[at].trend and i or at
  end
  local low = points[at].trend
  local top = start + CAP * (start - low)
  for i = at + 1, #points do
    local now, before = points[i].trend, points[i - 1].trend
    if low == start then
      break
    elseif now >= top then
      return i, top
    elseif now < before and before >= low + RISE * (start - low) then
      return i - 1, nil
    end
  end
  return #points, nil
end

return curve
