--- Ends the run when a loss or the gradient's norm is NaN or infinite.

local rule = require "lrrun.stop.rule"

return rule.new {
  name = "nonfinite",
  doc = "Ends the run when a loss or the gradient's norm is not finite.",
  keys = {},
  native = function()
    return {}
  end,
}
