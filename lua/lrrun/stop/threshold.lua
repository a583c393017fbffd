--- Ends the run when a metric reaches a bound.

local rule = require "lrrun.stop.rule"

return rule.new {
  name = "threshold",
  doc = "Ends the run at the first validation where the metric reaches the bound.",
  positional = { "monitor" },
  keys = {
    { "monitor", "string", required = true, doc = "metric to watch" },
    { "above", "number", doc = "ends at this value or more" },
    { "below", "number", doc = "ends at this value or less" },
  },
  check = function(o, fail)
    if o.above and o.below then
      fail("above", "and 'below' are both given, want one of them")
    elseif not o.above and not o.below then
      fail("above", "or 'below' is missing: it takes a number")
    end
  end,
  native = function(o)
    return { side = o.above and "above" or "below", bound = o.above or o.below }
  end,
}
