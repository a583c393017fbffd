--- Warmup, stable, decay.

local form = require "lrrun.schedule.form"

return form.new {
  name = "wsd",
  doc = "Rises to the base rate, stays there, and falls to min over the last `decay`.",
  source = "Hu et al., MiniCPM, 2024",
  positional = { "warmup", "decay" },
  keys = {
    { "warmup", "duration", default = 0, doc = "time to the base rate" },
    { "decay", "duration", required = true, doc = "time of the fall at the end" },
    { "shape", "string", choices = { "sqrt", "linear", "cosine" }, default = "sqrt",
      doc = "the fall: 1 - sqrt(p), 1 - p or a half cosine" },
    { "min", "number", min = 0, default = 0, rate = "floor", doc = "rate at the end" },
  },
  base = true,
  fills = true,
  native = function(o, steps)
    return { warmup = steps(o.warmup), decay = steps(o.decay), shape = o.shape, min = o.min }
  end,
  peak = function(o, steps)
    return steps(o.warmup)
  end,
}
