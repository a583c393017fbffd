--- Cuts the rate by a factor at regular times.

local form = require "lrrun.schedule.form"

return form.new {
  name = "step",
  doc = "base factor^floor(t / every).",
  source = "PyTorch StepLR",
  positional = { "factor", "every" },
  keys = {
    { "factor", "number", min = 0, default = 0.1, doc = "the rate is multiplied by this" },
    { "every", "duration", above = 0, required = true, doc = "time between cuts" },
  },
  base = true,
  native = function(o, _, _, period)
    return { factor = o.factor, every = period(o.every) }
  end,
}
