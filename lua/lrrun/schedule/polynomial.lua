--- Falls along a power of what is left of its length.

local form = require "lrrun.schedule.form"

return form.new {
  name = "polynomial",
  doc = "(base - to) (1 - t / length)^power + to, then `to`.",
  source = "Keras PolynomialDecay, PyTorch PolynomialLR",
  positional = { "power" },
  keys = {
    { "power", "number", min = 0, default = 1, doc = "1 is a straight line" },
    { "to", "number", min = 0, default = 0, rate = "floor", doc = "rate at the end" },
  },
  base = true,
  fills = true,
  ends = "to",
  native = function(o)
    return { power = o.power, to = o.to }
  end,
}
