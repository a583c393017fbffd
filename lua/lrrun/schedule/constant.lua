--- One rate.

local form = require "lrrun.schedule.form"

return form.new {
  name = "constant",
  doc = "The same rate at every update.",
  positional = { "value" },
  keys = {
    { "value", "number", min = 0, rate = "peak", doc = "the rate; the optimizer's lr by default" },
  },
  base = "value",
  plain = true,
  native = function(o)
    return { value = o.value }
  end,
}
