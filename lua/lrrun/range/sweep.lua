--- The sweep of a range test: a run's loss while its rate rises, and the run as it was before.
--- Layer: range.

local compile = require "lrrun.schedule.compile"
local curve = require "lrrun.range.curve"
local host = require "lrrun.native.host"
local prepare = require "lrrun.train.prepare"
local schedule = require "lrrun.schedule"
local sys = require "lrrun.native.sys"
local units = require "lrrun.util.units"

local sweep = {}

local GROWTH, SETTLED = 4, 10 -- ends above 4 times the best, after 10 points
local UPDATES = 50 -- for each decade of rates, about
local LEAST = 50 -- points of a pass, where there are several

local function decades(o)
  return math.log(o.to / o.from, 10)
end

-- How a network is trained up to a rate decides what its loss is there: with more updates the
-- curve falls at lower rates. So there are about as many for each decade, whatever the number of
-- points is. Of few points each is the mean of several updates; many are those of several passes
-- from the same weights, each over every so-manieth rate.
local function layout(o)
  local updates = UPDATES * decades(o)
  local passes = math.max(1, math.min(o.n // LEAST, math.floor(o.n / updates + 0.5)))
  return passes, passes == 1 and math.max(1, math.floor(updates / o.n + 0.5)) or 1
end

-- The i-th of o.n rates, from 0.
local function rate_of(o, i)
  if o.shape == "linear" then
    return o.from + (o.to - o.from) * i / (o.n - 1)
  end
  return o.from * (o.to / o.from) ^ (i / (o.n - 1))
end

-- Makes the session's rate rise over every `passes`-th rate from `first` on, with `repeats`
-- updates at each; the groups' rates keep their ratio.
local function drive(run, o, first, passes, repeats)
  local clock = {}
  for key, item in pairs(run.clock) do
    clock[key] = item
  end
  local count = (o.n - 1 - first) // passes + 1
  local last = first + (count - 1) * passes
  local from, to = rate_of(o, first), rate_of(o, last)
  local length = math.max(1, count - 1) * units.epochs -- one for each rate
  clock.lr, clock.total_steps, clock.steps_per_epoch = from, count * repeats, repeats
  local shape = o.shape == "linear" and schedule.linear { from = from, to = to, length = length,
    by = "epoch" } or schedule.exponential { rate = to / from, every = length, by = "epoch" }
  run.session:drive(compile.new(shape, clock), "lr")
  return count
end

local function check_interrupt()
  if sys.interrupted() then
    error("the range test was interrupted", 0)
  end
end

local function is_finite(x)
  return x == x and math.abs(x) < math.huge
end

-- The mean loss of `repeats` updates at one rate, the rate, and whether all was finite.
local function measure(run, step, repeats)
  local sum, rate = 0, nil
  for k = 0, repeats - 1 do
    prepare.feed(run, step + k, {})
    local loss, _, finite, _, lr = run.session:step()
    host.refresh()
    check_interrupt()
    sum, rate = sum + loss, rate or lr
    if not (is_finite(loss) and finite) then
      return sum / (k + 1), rate, false
    end
  end
  return sum / repeats, rate, true
end

-- One pass: a point for each of its rates, until the loss is not finite or has grown too far.
-- `each` is called with every point. Gives why it ended.
local function pass_of(run, o, first, place, points, each)
  local count = drive(run, o, first, place.passes, place.repeats)
  local gap = decades(o) / (o.n - 1) * place.passes
  local average, best = curve.average(gap), math.huge
  for i = 1, count do
    local loss, lr, finite = measure(run, (i - 1) * place.repeats, place.repeats)
    if not is_finite(loss) then
      return "not finite"
    end
    local point = { lr = lr, loss = loss, smoothed = average(lr, loss) }
    points[#points + 1] = point
    each(#points, point)
    if not finite then
      return "not finite"
    elseif i > SETTLED and point.smoothed > GROWTH * best then
      return "grew"
    end
    best = math.min(best, point.smoothed)
  end
  return "done"
end

-- The points of all passes in the order of their rates, with one moving average.
local function merge(points, o)
  table.sort(points, function(a, b)
    return a.lr < b.lr
  end)
  local average = curve.average(decades(o) / (o.n - 1))
  for _, point in ipairs(points) do
    point.smoothed = average(point.lr, point.loss)
  end
end

local function passes_of(run, o, each)
  local points, ended, place = {}, "done", {}
  place.passes, place.repeats = layout(o)
  for first = 0, place.passes - 1 do
    if first > 0 then
      run.session:undrive()
      run.session:rollback()
    end
    local reason = pass_of(run, o, first, place, points, each)
    ended = ended == "done" and reason or ended
  end
  if place.passes > 1 then
    merge(points, o)
  end
  return points, ended
end

--- Sweeps a run, in the place of its own schedule of the rate, and puts its session back as
--- it was.
---@param run table of prepare.run
---@param o { from: number, to: number, n: integer, shape: string }
---@param each (fun(i: integer, point: table))?
---@return table[] points, string reason "done", "grew" or "not finite"
function sweep.run(run, o, each)
  run.session:snapshot()
  local ok, points, reason = pcall(passes_of, run, o, each or function() end)
  run.session:undrive()
  run.session:rollback()
  if not ok then
    error(points, 0)
  end
  return points, reason
end

return sweep
