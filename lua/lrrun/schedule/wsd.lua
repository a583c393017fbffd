--- Warmup, stable, decay.

local form = require "lrrun.schedule.form"

return form.new {
  name = "wsd",
  doc = "Rises to the base rate, stays there, and falls to min over the last `decay`.",
  source = "Hu et al., MiniCPM, 2024; shapes: Dremov et al., arXiv 2508.01483",
  positional = { "warmup", "decay" },
  keys = {
    { "warmup", "duration", default = 0, doc = "time to the base rate" },
    { "decay", "duration", required = true, doc = "time of the fall at the end" },
    { "shape", "string", choices = { "sqrt", "linear", "cosine", "square", "lowered_linear" },
      default = "sqrt",
      doc = "the fall: 1 - sqrt(p), 1 - p, a half cosine, 1 - p^2 or 0.7 (1 - p)" },
    { "min", "number", min = 0, default = 0, rate = "floor", doc = "rate at the end" },
  },
  base = true,
  fills = true,
  ends = "min",
  native = function(o, steps)
    return { warmup = steps(o.warmup), decay = steps(o.decay), shape = o.shape, min = o.min }
  end,
  peak = function(o, steps)
    return steps(o.warmup)
  end,
}
