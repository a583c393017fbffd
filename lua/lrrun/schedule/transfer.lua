--- How a rate moves from one schedule to another: the best rate of a schedule, relative to that
--- of a linear decay to 0 over the same updates, from the schedule's shape alone.
--
-- Source: the bound of the last iterate's loss of Defazio et al., arXiv 2310.07831, in the form
-- of Schaipp et al., arXiv 2501.18965, theorem 3.1. With h_t the rate of update t over the highest
-- one, S_k and Q_k the sums of h_s and h_s^2 over s >= k, T updates and the rate g:
--   loss <= D^2 A / g + G^2 C g,   A = 1 / (2 S_1),
--   C = Q_1 / (2 S_1) + 1/2 sum_{k < T} h_k Q_k / (S_{k+1} S_k),
-- which is least at g ~ sqrt(A / C), where it is ~ sqrt(A C). D and G belong to the problem and
-- not to the schedule. The theory is convex; measured on small networks the factors hold within
-- half of themselves. They move a rate between schedules, not between lengths of a run.
-- Layer: schedule.

local compile = require "lrrun.schedule.compile"

local transfer = {}

-- Towards the end each update counts by itself, for the sum there is like a harmonic one;
-- before, as many together as leave this number of pieces for each doubling.
local PIECES = 1024
local NOTHING = 1e-3

-- Updates of [0, total) from the last one back: first of a piece, how many there are in it.
local function pieces(total)
  local last = total
  return function()
    if last <= 0 then
      return nil
    end
    local count = math.min(last, math.max(1, (total - last) // PIECES))
    last = last - count
    return last, count
  end
end

-- The shape from its end back: rates of its pieces, how many updates there are in each, the
-- highest rate; nil where it is no shape: below 0, or 0 throughout.
local function shape_of(rate, total)
  local rates, counts, peak = {}, {}, 0
  for first, count in pieces(total) do
    local h = rate(first + count // 2)
    if not h or h < 0 or h ~= h or h == math.huge then
      return nil
    end
    rates[#rates + 1], counts[#counts + 1], peak = h, count, math.max(peak, h)
  end
  if peak == 0 then
    return nil
  end
  return rates, counts, peak
end

-- Sums over the shape. h_k / (S_{k+1} S_k) is 1 / S_{k+1} - 1 / S_k, so that a piece is as one
-- update. What a schedule spends at its end below NOTHING of its peak counts as 0: it moves
-- nothing, and the bound, which holds for the last of the iterates alone, would grow without end
-- with the step before it (one_cycle in few updates).
local function sums_of(rate, total)
  local rates, counts, peak = shape_of(rate, total)
  if not rates then
    return nil
  end
  local s, q, sum = 0, 0, 0
  for i, h in ipairs(rates) do
    local count = counts[i]
    if s > 0 or h >= NOTHING * peak then
      local s_before, q_before = s, q
      s, q = s + h * count, q + h * h * count
      if s_before > 0 and h > 0 then
        -- Q_k holds update k itself: of one update q, of many the middle and half an update.
        local middle = (q_before + q + h * h) / 2
        sum = sum + middle * (1 / s_before - 1 / s)
      end
    end
  end
  return s, q, sum, peak
end

-- Best highest rate and its bound, both but for what belongs to the problem; and the highest
-- rate that the schedule has.
local function optimum(rate, total)
  local s, q, sum, peak = sums_of(rate, total)
  if not s then
    return nil
  end
  -- In units of the highest rate s shrinks by it; q and s * s shrink alike.
  local a, c = peak / (2 * s), (q / (2 * s) + sum / 2) / peak
  return math.sqrt(a / c), math.sqrt(a * c), peak
end

--- Of a run's rate: { factor = best highest rate over that of a linear decay to 0, bound = its
--- bound of the loss's excess over that one's, peak = its highest rate }. Nil where the rate cannot
--- be told before the run, or is nowhere above 0.
---@param rate fun(t: integer): number?
---@param total integer updates of the run
---@return { factor: number, bound: number, peak: number }?
function transfer.of(rate, total)
  local best, bound, peak = optimum(rate, total)
  if not best then
    return nil
  end
  local linear, linear_bound = optimum(function(t)
    return 1 - t / total
  end, total)
  return { factor = best / linear, bound = bound / linear_bound, peak = peak }
end

--- The same of a schedule (nil: the rate stays as it is). Nil also for one that a metric or a
--- function of the recipe decides.
---@param value table?
---@param clock table as for compile.new, with lr and total_steps
---@return { factor: number, bound: number, peak: number }?
function transfer.of_schedule(value, clock)
  if not value then
    return transfer.of(function()
      return clock.lr
    end, clock.total_steps)
  end
  local box = compile.new(value, clock)
  if compile.needs_feed(box) or #box:monitors() > 0 then
    return nil
  end
  return transfer.of(function(t)
    return box:at(t)
  end, clock.total_steps)
end

--- What people read of it.
---@param found { factor: number }
---@return string
function transfer.text(found)
  return ("best rate of this schedule is about %.2g times that of linear decay"):format(
    found.factor)
end

return transfer
