--- Falls with one over the time.

local form = require "lrrun.schedule.form"
local units = require "lrrun.util.units"

return form.new {
  name = "inverse_time",
  doc = "base / (1 + rate t / every); with staircase only whole multiples of `every` count.",
  source = "Keras InverseTimeDecay",
  positional = { "rate", "every" },
  keys = {
    { "rate", "number", min = 0, required = true, doc = "how fast it falls" },
    { "every", "duration", above = 0, default = units.epochs, doc = "the unit of time" },
    { "staircase", "boolean", default = false, doc = "whole units only" },
  },
  base = true,
  native = function(o, _, _, period)
    return { rate = o.rate, every = period(o.every), staircase = o.staircase }
  end,
}
