--- Warmup, then one over the square root of the time.

local form = require "lrrun.schedule.form"

return form.new {
  name = "inverse_sqrt",
  doc = "base (t + 1) / warmup, then base sqrt(warmup / t).",
  source = "Vaswani et al., Attention is all you need, 2017",
  positional = { "warmup" },
  keys = {
    { "warmup", "duration", above = 0, required = true, doc = "time to the base rate" },
  },
  base = true,
  native = function(o, steps)
    return { warmup = steps(o.warmup) }
  end,
  peak = function(o, steps)
    return steps(o.warmup)
  end,
}
