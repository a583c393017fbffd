--- any{a, b} ends the run when one of its rules does.

local rule = require "lrrun.stop.rule"

return rule.new {
  name = "any",
  doc = "Ends the run when one of its rules does.",
  rest = "rules",
  keys = {
    { "rules", "list", of = "value", kinds = { "stop." }, required = true, doc = "the rules" },
  },
  check = rule.not_empty,
  children = function(o)
    return o.rules
  end,
}
