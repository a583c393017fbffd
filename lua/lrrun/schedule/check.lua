--- Warnings about a schedule against the run it is for: `lrrun plan` prints them.
--
-- Layer: schedule.

local compile = require "lrrun.schedule.compile"
local describe = require "lrrun.util.describe"
local options = require "lrrun.util.options"
local clock_of = require "lrrun.util.clock"

local check = {}

local SAMPLES = 4096 -- updates looked at over one stretch

-- Updates of [first, last): all, or about SAMPLES of them with both ends.
local function updates(first, last)
  first, last = math.tointeger(first), math.tointeger(last)
  local stride = math.max(1, (last - first) // SAMPLES)
  local t = first - stride
  return function()
    if t >= last - 1 then
      return nil
    end
    t = t < first and first or math.min(t + stride, last - 1)
    return t
  end
end

-- Highest value over updates [first, last), and where.
local function highest(box, first, last)
  local best, at = -math.huge, first
  for t in updates(first, last) do
    local value = box:at(t)
    if value > best then
      best, at = value, t
    end
  end
  return best, at
end

local function name_of(phases, i)
  local text = describe.value(phases[i].value)
  return #phases == 1 and text or ("phase %d, %s,"):format(i, text)
end

-- The update at which a phase has shown all of itself if nothing cuts it short.
local function own_end(phase, clock)
  local value = phase.value
  local desc = options.descriptor(value)
  local climb = desc.peak and desc.peak(value.opts, function(d)
    return d.amount == 0 and 0 or clock_of.steps(d, clock, value.kind, value.where)
  end) or 0
  return math.tointeger(phase.first + math.max(climb, phase.length))
end

-- The form within a phase that goes by whole epochs.
local function by_epoch(value)
  if value.opts.by == "epoch" then
    return value
  end
  local desc = options.descriptor(value)
  for _, child in ipairs(value.kind ~= "schedule.seq" and desc.children
    and desc.children(value.opts) or {}) do
    local found = by_epoch(child)
    if found then
      return found
    end
  end
  return nil
end

-- Epochs of a form count from its own start, which may be none of the run's.
local function check_epochs(phase, name, clock, warn)
  local per_epoch, found = clock.steps_per_epoch, by_epoch(phase.value)
  local rest = found and per_epoch and not clock.pace and phase.first % per_epoch or 0
  if rest ~= 0 then
    warn("%s with by = 'epoch' counts whole epochs from its own start, update %d, and so changes "
      .. "in mid-epoch, %d of %d updates after an epoch begins; a phase before it that lasts whole "
      .. "epochs has it change where they end", name, phase.first, rest, per_epoch)
  end
end

local function check_peak(box, phase, name, clock, warn)
  local total, last = clock.total_steps, own_end(phase, clock)
  if not last or last <= total then
    return
  end
  local inside = highest(box, phase.first, total)
  local whole, at = highest(box, phase.first, last)
  if whole > inside * (1 + 1e-9) then
    warn("%s never reaches its peak: %g comes at update %d, and the run ends at %d", name,
      whole, at, total)
  end
end

-- Forms are defined for either order, as PyTorch's are; who writes `min` means the lower rate.
local function check_order(value, name, clock, warn)
  local o, base = value.opts, options.descriptor(value).base
  local most = o.max or base and clock.lr
  if type(o.min) == "number" and type(most) == "number" and o.min > most then
    warn("%s has min = %g, which is above %s = %g: are they the wrong way round?", name, o.min,
      o.max and "max" or "the optimizer's lr", most)
  end
end

local function check_phase(box, phases, i, clock, warn)
  local phase, total = phases[i], clock.total_steps
  local name = name_of(phases, i)
  if phase.first == math.huge then
    return -- a metric decides
  elseif phase.first >= total then
    warn("%s never begins: it would at update %d, and the run ends at %d", name, phase.first,
      total)
    return
  end
  local finish = phase.first + phase.length
  if finish < math.huge and finish > total then
    warn("%s outlives the run: it ends at update %d, and the run at %d", name, finish, total)
  end
  check_order(phase.value, name, clock, warn)
  check_epochs(phase, name, clock, warn)
  local desc = options.descriptor(phase.value)
  if i < #phases and desc.cycles and desc.cycles(phase.value.opts) then
    warn("%s is over after its first cycle: its length is that of a cycle", name)
  end
  check_peak(box, phase, name, clock, warn)
end

-- A last phase that goes up again behind its own end (a mirrored cosine).
local function check_rise(box, phase, clock, warn)
  local value, total = phase.value, clock.total_steps
  local finish = phase.first + phase.length
  local restarts = value.kind == "schedule.cosine_restarts" or value.opts.after == "restart"
  if restarts or finish >= total then
    return
  end
  finish = math.tointeger(finish)
  local low = box:at(finish)
  local top, at = highest(box, finish, total)
  if top > low + 1e-9 * math.abs(top) then
    warn("%s rises after its end: %g at update %d, %g at update %d", describe.value(value), low,
      finish, top, at)
  end
end

--- What is odd about this schedule in a run of clock.total_steps updates.
-- Schedules with functions (fn) are checked for their phases only.
---@param value table a schedule
---@param clock table as for compile
---@return string[]
function check.warnings(value, clock)
  local warnings = {}
  local function warn(fmt, ...)
    warnings[#warnings + 1] = fmt:format(...)
  end
  local box = compile.new(value, clock)
  local phases = compile.phases(box)
  if not compile.needs_feed(box) and box:at(0) == 0 and highest(box, 0, clock.total_steps) > 0 then
    warn("update 0 has rate 0 and changes nothing")
  end
  for i in ipairs(phases) do
    check_phase(box, phases, i, clock, warn)
  end
  if not compile.needs_feed(box) then
    check_rise(box, phases[#phases], clock, warn)
  end
  return warnings
end

--- Lowest and highest value over the run, before any metric is seen: to refuse a dropout
--- rate that leaves [0, 1) before the first update. nil for schedules with functions.
---@param box userdata a compiled schedule
---@param total integer updates of the run
---@return number?, number?
function check.bounds(box, total)
  if compile.needs_feed(box) then
    return nil
  end
  local low, high = math.huge, -math.huge
  for t in updates(0, total) do
    local value = box:at(t)
    low, high = math.min(low, value), math.max(high, value)
  end
  return low, high
end

--- The deepest fall of the run, of the updates that are looked at: a value, a lower one behind it,
--- and the update of that; nil where there is none.
---@param box userdata a compiled schedule without functions
---@param total integer updates of the run
---@return number? before, number? after, integer? update
function check.fall(box, total)
  local top, deepest = -math.huge, 0
  local before, after, at
  for t in updates(0, total) do
    local value = box:at(t)
    top = math.max(top, value)
    if top - value > math.max(deepest, 1e-12 * math.abs(top)) then
      deepest, before, after, at = top - value, top, value, t
    end
  end
  return before, after, at
end

--- Share of the run's updates at which it is 0. nil for schedules with functions.
---@param box userdata a compiled schedule
---@param total integer updates of the run
---@return number?
function check.share_of_zeros(box, total)
  if compile.needs_feed(box) then
    return nil
  end
  local zeros, n = 0, 0
  for t in updates(0, total) do
    zeros, n = zeros + (box:at(t) == 0 and 1 or 0), n + 1
  end
  return n > 0 and zeros / n or 0
end

return check
