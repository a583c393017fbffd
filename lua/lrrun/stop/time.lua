--- Ends the run when it has taken its time, pauses not counted.

local rule = require "lrrun.stop.rule"
local units = require "lrrun.util.units"

return rule.new {
  name = "time",
  doc = "Ends the run after the update at which it has taken this long.",
  positional = { "limit" },
  keys = {
    { "limit", "seconds", required = true, doc = "'10 min', '90 s', '2 h', or seconds" },
  },
  native = function(o, _, pace)
    return { seconds = units.seconds(o.limit) * pace }
  end,
}
