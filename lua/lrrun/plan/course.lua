--- How a rate goes along a run: its points, its phases, and where it is worth a look. Layer: plan.

local describe = require "lrrun.util.describe"
local json = require "lrrun.record.json"
local schedule = require "lrrun.schedule.compile"

local course = {}

local CURVE = 256 -- points of the curve in a document

--- At most 256 points { step, lr } of the updates 0 to total - 1.
---@param rate fun(t: integer): number?
---@param total integer
---@return table[]
function course.curve(rate, total)
  local curve = json.array {}
  for i = 1, math.min(CURVE, total) do
    local t = total <= CURVE and i - 1 or (i - 1) * (total - 1) // (CURVE - 1)
    curve[i] = { step = t, lr = rate(t) }
  end
  return curve
end

--- The phases of a compiled schedule: { text, first = update it begins at, nil where a metric
--- decides, length in updates or nil }.
---@param box userdata
---@return table[]
function course.phases(box)
  local out = json.array {}
  for i, phase in ipairs(schedule.phases(box)) do
    local by_metric = phase.first == math.huge
    out[i] = {
      text = describe.value(phase.value),
      first = not by_metric and phase.first + 0.0 or nil, -- not -0
      length = phase.length < 2 ^ 53 and phase.length or nil,
    }
  end
  return out
end

--- The update with the highest rate, of one in 8192, and that.
local function peak_of(rate, total)
  local best, at = -math.huge, 0
  local stride = math.max(1, total // 8192)
  for t = 0, total - 1, stride do
    local v = rate(t)
    if v and v > best then
      best, at = v, t
    end
  end
  return at, best
end

--- Updates that say what a rate does: { step, epoch, lr, what }, in order.
---@param clock { total_steps: integer, steps_per_epoch: number }
---@param rate fun(t: integer): number?
---@param phases table[] of course.phases
---@return table[]
function course.landmarks(clock, rate, phases)
  local total = clock.total_steps
  local seen, out = {}, json.array {}
  local function add(t, what)
    t = math.tointeger(t)
    if t and t >= 0 and t < total and not seen[t] and rate(t) then
      seen[t] = true
      out[#out + 1] = { step = t, epoch = t / clock.steps_per_epoch, lr = rate(t), what = what }
    end
  end
  add(0, "first update")
  add(total - 1, "last update")
  for i, phase in ipairs(phases) do
    add(phase.first, ("phase %d begins"):format(i))
  end
  add((peak_of(rate, total)), "highest")
  add(total // 4, "a quarter")
  add(total // 2, "half")
  add(total * 3 // 4, "three quarters")
  table.sort(out, function(a, b)
    return a.step < b.step
  end)
  return out
end

course.peak = peak_of

return course
