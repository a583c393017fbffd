--- 0.5 * a: a schedule times a number.

local form = require "lrrun.schedule.form"

return form.new {
  name = "scale",
  doc = "A number times a schedule.",
  positional = { "factor", "of" },
  internal = true, -- written with an operator
  plain = true,
  own_length = true,
  keys = {
    { "factor", "number", min = 0, required = true, doc = "the number" },
    { "of", "value", kinds = { "schedule." }, required = true, doc = "the schedule" },
  },
  children = function(o)
    return { o.of }
  end,
  native = function(o)
    return { factor = o.factor }
  end,
  text = function(o, text)
    local inner = text(o.of)
    return ("%g * %s"):format(o.factor, o.of.kind == "schedule.seq" and "(" .. inner .. ")"
      or inner)
  end,
}
