--- What a schedule is: a value with a descriptor, operators, and `at`.
--
-- A file of this folder describes one form with form.new: besides the fields of
-- options.constructor,
--   base = true          its values are relative to the base rate; or the name of the key
--                        that stands in for it
--   fills = true         without `length` it takes the rest of the run
--   native = f(o, steps, fail, period, clock)  the native parameters, and a list; steps(duration)
--                        is updates, period(duration) the same for times that repeat
--   ends = "min"         the key that is its last rate
--   cycles = f(o)        true where `length` is a cycle that goes on, not the end
--   plain = true         no `by`; own_length = true: `length` is in keys already
--   peak = f(o, steps)   updates until the first peak of a form that climbs by itself
-- Keys that are rates say so: rate = "peak" where the phase takes its height from it and not from
-- the optimizer's lr, rate = "floor" for others.
-- Layer: schedule.

local errors = require "lrrun.util.errors"
local host = require "lrrun.native.host"
local numbers = require "lrrun.util.numbers"
local options = require "lrrun.util.options"

local form = {}

form.length_key = {
  "length", "duration", above = 0, doc = "how long it lasts; the last phase takes the rest",
}
local BY = {
  "by", "string", choices = { "step", "epoch" }, default = "step",
  doc = "'epoch' changes at whole epochs only",
}

--- True for a schedule's value.
function form.is(value)
  return options.is_value(value, "schedule.")
end

local methods = {}

--- The value of update t in a script. clock is { lr =, steps_per_epoch =, total_steps = }.
---@param t integer
---@param clock table
---@return number
function methods:at(t, clock)
  return require("lrrun.schedule.compile").at(self, t, clock)
end

--- One line for people.
function methods:describe()
  return require("lrrun.util.describe").value(self)
end

local meta = {}

local function join(a, b)
  if not form.is(a) or not form.is(b) then
    errors.raise(nil, "schedule: a .. b runs schedule b after schedule a, got %s .. %s%s",
      errors.show(a), errors.show(b), (type(a) == "function" or type(b) == "function")
        and " (called with () or {}?)" or "")
  end
  return require("lrrun.schedule.seq").join(a, b)
end
meta.__concat = host.join(join)

function meta.__mul(a, b)
  local number = type(a) == "number" and a or type(b) == "number" and b or nil
  if number then
    return require("lrrun.schedule.scale") { number, number == a and b or a }
  elseif form.is(a) and form.is(b) then
    return require("lrrun.schedule.product") { a, b }
  end
  errors.raise(nil, "schedule: a * b multiplies schedules, or a number and one, got %s * %s",
    errors.show(a), errors.show(b))
end

local NOT_TAKEN = { add = "+", sub = "-", div = "/", idiv = "//", mod = "%", pow = "^" }

for name, sign in pairs(NOT_TAKEN) do
  meta["__" .. name] = function(a, b)
    errors.raise(nil, "schedule: %s %s %s is not taken; a .. b runs schedule b after schedule a, "
      .. "a * b multiplies schedules, or a number and one", errors.show(a), sign, errors.show(b))
  end
end

meta.__tostring = methods.describe

--- A constructor `schedule.<name>`; desc as above.
function form.new(desc)
  desc.native_kind = desc.native_kind or desc.name
  desc.name = "schedule." .. desc.name
  if not desc.own_length then
    desc.keys[#desc.keys + 1] = form.length_key
  end
  if not desc.plain then
    desc.keys[#desc.keys + 1] = BY
  end
  desc.check = numbers.finite_and(desc.check)
  desc.methods = methods
  desc.meta = meta
  return options.constructor(desc)
end

return form
