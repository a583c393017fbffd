--- The clock of a run: what turns durations into updates.
--
-- { lr = base rate, steps_per_epoch =, total_steps =, samples_per_step = }; each may be
-- missing until something needs it. That of a squeezed run has `pace` as well (util/units.lua).
-- Layer: util.

local errors = require "lrrun.util.errors"
local units = require "lrrun.util.units"

local clock = {}

local NUMBERS = {
  "lr", "steps_per_epoch", "total_steps", "samples_per_step", "samples_per_epoch",
}
local KEYS = { "metrics", table.unpack(NUMBERS) }
local NEEDS = { epochs = "steps_per_epoch", percent = "total_steps" }

local function is_known(key)
  for _, name in ipairs(KEYS) do
    if name == key then
      return true
    end
  end
  return false
end

--- Raises unless `c` is a clock with good numbers; other keys are not looked at.
-- who stands in the message, where is its line.
function clock.check(c, who, where)
  if type(c) ~= "table" then
    errors.raise(where, "%s: the clock is %s, want { lr =, steps_per_epoch =, total_steps = }",
      who, errors.show(c))
  end
  for _, key in ipairs(NUMBERS) do
    local value, least = c[key], key == "lr" and 0 or 1e-9
    if value ~= nil and (type(value) ~= "number" or not (value >= least and value < math.huge)) then
      errors.raise(where, "%s: the clock's %s is %s, want a number %s 0", who, key,
        value ~= value and "NaN" or errors.show(value), key == "lr" and "not below" or "above")
    end
  end
end

--- The same for a clock that a script wrote: an unknown key is a misspelt one.
function clock.check_given(c, who, where)
  clock.check(c, who, where)
  for key in pairs(c) do
    if not is_known(key) then
      errors.raise(where, "%s: the clock has an unknown key %s%s", who, errors.show(key),
        errors.hint(key, KEYS))
    end
  end
end

--- A duration in updates, not rounded; an error where the clock lacks what it needs.
---@return number
function clock.exact_steps(d, c, who, where)
  local need = NEEDS[d.unit]
  if need and not c[need] then
    errors.raise(where, "%s: %s needs the clock's %s", who, tostring(d), need)
  elseif d.unit == "samples" and not c.samples_per_step
    and not (c.samples_per_epoch and c.steps_per_epoch) then
    errors.raise(where, "%s: %s needs the clock's samples_per_step", who, tostring(d))
  end
  return units.exact_steps(d, c)
end

--- A duration that a form repeats: in whole updates, but not rounded in a squeezed run, where a
--- rounded one would drift away from the curve of the whole run.
---@return number
function clock.period(d, c, who, where)
  return c.pace and clock.exact_steps(d, c, who, where) or clock.steps(d, c, who, where)
end

--- A duration in whole updates: rounded to the nearest, at least 1 where it is not 0.
---@return integer
function clock.steps(d, c, who, where)
  clock.exact_steps(d, c, who, where)
  return units.to_steps(d, c)
end

return clock
