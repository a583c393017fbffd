--- a * b: two schedules at once, a b / base.

local form = require "lrrun.schedule.form"

local function grouped(value, text)
  return value.kind == "schedule.seq" and "(" .. text(value) .. ")" or text(value)
end

return form.new {
  name = "product",
  doc = "a * b is a b / base.",
  positional = { "a", "b" },
  internal = true, -- written with an operator
  plain = true,
  own_length = true,
  keys = {
    { "a", "value", kinds = { "schedule." }, required = true, doc = "a schedule" },
    { "b", "value", kinds = { "schedule." }, required = true, doc = "another" },
  },
  base = true,
  children = function(o)
    return { o.a, o.b }
  end,
  text = function(o, text)
    return grouped(o.a, text) .. " * " .. grouped(o.b, text)
  end,
}
