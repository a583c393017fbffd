--- all{a, b} ends the run when all of its rules hold at once.

local rule = require "lrrun.stop.rule"

return rule.new {
  name = "all",
  doc = "Ends the run when all of its rules hold at once.",
  rest = "rules",
  keys = {
    { "rules", "list", of = "value", kinds = { "stop." }, required = true, doc = "the rules" },
  },
  check = rule.not_empty,
  children = function(o)
    return o.rules
  end,
}
