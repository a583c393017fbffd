--- What a stop rule is: a value with a descriptor, and how it becomes a native rule.
--
-- Layer: stop.

local options = require "lrrun.util.options"

local rule = {}

--- A constructor `stop.<name>`. Besides options.constructor's fields, desc has
--- native = function(opts, steps) giving the native parameters, steps(duration) updates,
--- or children = function(opts) giving the rules it combines.
function rule.new(desc)
  local name = desc.name
  desc.name = "stop." .. name
  desc.native_kind = name
  return options.constructor(desc)
end

return rule
