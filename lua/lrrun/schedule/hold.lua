--- One rate for a length, or until a stop rule ends the phase.

local form = require "lrrun.schedule.form"

return form.new {
  name = "hold",
  doc = "One rate for a length, or until a stop rule fires: hold{ends = stop.plateau{...}}. "
    .. "With both, whichever comes first.",
  positional = { "length" },
  own_length = true,
  keys = {
    form.length_key,
    { "ends", "value", kinds = { "stop." }, doc = "the rule that ends the phase" },
    { "value", "number", min = 0, rate = "peak", doc = "the rate; the optimizer's lr by default" },
  },
  base = "value",
  plain = true,
  native = function(o)
    return { value = o.value }
  end,
}
