--- Durations with a unit: 5*epochs, 200*steps, 10*percent, 50000*samples, "10 min".
--
-- A step is one optimizer update, never a micro-batch. Layer: util.

local errors = require "lrrun.util.errors"

local units = {}

local NAMES = { "epochs", "steps", "percent", "samples" }
local ALIAS = {
  epoch = "epochs", step = "steps", sample = "samples", ["%"] = "percent",
}
local SECONDS = {
  s = 1, sec = 1, secs = 1, second = 1, seconds = 1,
  min = 60, mins = 60, minute = 60, minutes = 60,
  h = 3600, hour = 3600, hours = 3600,
}

local Duration = { kind = "duration" }
local Mt = { __index = Duration, __name = "duration" }

--- A duration of `amount` units.
---@param amount number
---@param unit "epochs"|"steps"|"percent"|"samples"
function units.new(amount, unit)
  return setmetatable({ amount = amount, unit = unit }, Mt)
end

--- True for a value made here.
function units.is(value)
  return getmetatable(value) == Mt
end

local function scale(a, b)
  if type(a) == "number" and units.is(b) then
    return units.new(a * b.amount, b.unit)
  elseif units.is(a) and type(b) == "number" then
    return units.new(a.amount * b, a.unit)
  end
  errors.raise(nil, "a duration is a number times a unit (5*epochs), got %s times %s",
    errors.show(a), errors.show(b))
end

Mt.__mul = scale
Mt.__tostring = function(d)
  return ("%s %s"):format(math.type(d.amount) == "float" and ("%g"):format(d.amount)
    or tostring(d.amount), d.unit)
end
Mt.__eq = function(a, b)
  return a.amount == b.amount and a.unit == b.unit
end

for _, name in ipairs(NAMES) do
  units[name] = units.new(1, name)
end

--- "5 epochs", "5*epochs", "10 percent", "3" (epochs) as a duration; nil and why when it is none.
---@param text string
function units.parse(text)
  local number, times, unit = text:match "^%s*([%d%.eE+-]+)%s*(%*?)%s*([%a%%]*)%s*$"
  local amount = tonumber(number)
  if not amount or times ~= "" and unit == "" then
    return nil, "want a number and a unit, as in '5 epochs'"
  end
  if unit == "" then
    unit = "epochs"
  end
  unit = ALIAS[unit] or unit
  for _, name in ipairs(NAMES) do
    if unit == name then
      return units.new(amount, unit)
    end
  end
  return nil, ("unknown unit '%s', want %s"):format(unit, table.concat(NAMES, ", "))
end

--- Seconds of "10 min", "90 s", "2 h" or a bare number of seconds; nil when it is none.
---@param value string|number
function units.seconds(value)
  if type(value) == "number" then
    return value
  elseif type(value) ~= "string" then
    return nil
  end
  local number, unit = value:match "^%s*([%d%.]+)%s*(%a*)%s*$"
  local factor = unit == "" and 1 or SECONDS[unit]
  return factor and tonumber(number) and tonumber(number) * factor or nil
end

-- Updates of a duration that is no percentage, in a run of its whole length.
local function steps_of(d, clock)
  if d.unit == "steps" then
    return d.amount
  elseif d.unit == "epochs" then
    return d.amount * clock.steps_per_epoch
  end
  local per_step = clock.samples_per_step
  if clock.samples_per_epoch then
    per_step = clock.samples_per_epoch / clock.steps_per_epoch
  end
  if not per_step then
    errors.raise(nil, "a duration in samples needs a run: this clock has no samples_per_step")
  end
  return d.amount / per_step
end

--- The duration in optimizer updates, not rounded.
-- `clock` needs steps_per_epoch; total_steps for percent; samples_per_epoch for samples. The
-- clock of a squeezed run has a `pace`: the share of its updates that each duration lasts there
-- (total_steps is squeezed already).
---@param d table|number a duration, or a bare number of epochs
---@param clock {steps_per_epoch: number, total_steps: number?, samples_per_epoch: number?,
--- pace: number?}
---@return number
function units.exact_steps(d, clock)
  if type(d) == "number" then
    d = units.new(d, "epochs")
  end
  if d.unit == "percent" then
    return d.amount * clock.total_steps / 100
  end
  local steps = steps_of(d, clock)
  return clock.pace and steps * clock.pace or steps
end

--- The duration in whole updates: rounded to the nearest, at least 1 where it is not 0.
---@return integer
function units.to_steps(d, clock)
  local exact = units.exact_steps(d, clock)
  local whole = math.floor(exact + 0.5)
  if whole < 1 and exact > 0 then
    whole = 1
  end
  return math.tointeger(whole)
end

return units
