--- Ends the run when the training loss has left for good.

local rule = require "lrrun.stop.rule"

return rule.new {
  name = "divergence",
  doc = "Ends the run when the smoothed training loss exceeds factor times its lowest value "
    .. "(taken as at least a tenth of the first losses), or is not finite.",
  positional = { "factor" },
  keys = {
    { "factor", "number", above = 1, default = 4, doc = "times the lowest loss" },
  },
  native = function(o)
    return { factor = o.factor }
  end,
}
