--- What a stop rule is: a value with a descriptor, and how it becomes a native rule.
--
-- Layer: stop.

local numbers = require "lrrun.util.numbers"
local options = require "lrrun.util.options"

local rule = {}

--- The check of any and all.
function rule.not_empty(o, fail)
  if #o.rules == 0 then
    fail("rules", "is empty, want at least one stop rule")
  end
end

--- A constructor `stop.<name>`. Besides options.constructor's fields, desc has
--- native = function(opts, steps, pace) giving the native parameters, steps(duration) updates,
--- pace the share of its time that a squeezed run has, 1 in others,
--- or children = function(opts) giving the rules it combines.
function rule.new(desc)
  local name = desc.name
  desc.name = "stop." .. name
  desc.native_kind = name
  desc.check = numbers.finite_and(desc.check)
  return options.constructor(desc)
end

return rule
