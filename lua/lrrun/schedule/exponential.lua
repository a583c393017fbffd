--- Falls by the same factor in the same time.

local form = require "lrrun.schedule.form"
local units = require "lrrun.util.units"

return form.new {
  name = "exponential",
  doc = "base rate^(t / every), at least min; with staircase only whole powers.",
  source = "PyTorch ExponentialLR, optax exponential_decay",
  positional = { "rate", "every" },
  keys = {
    { "rate", "number", above = 0, required = true, doc = "factor per `every`" },
    { "every", "duration", above = 0, default = units.epochs, doc = "time of one factor" },
    { "staircase", "boolean", default = false, doc = "whole powers only" },
    { "min", "number", min = 0, default = 0, rate = "floor", doc = "lowest rate" },
  },
  base = true,
  native = function(o, _, _, period)
    return { rate = o.rate, every = period(o.every), staircase = o.staircase, min = o.min }
  end,
}
