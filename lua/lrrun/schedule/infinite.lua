--- Warmup, cooldown to a rate that lasts, and a fall at the end.

local form = require "lrrun.schedule.form"

return form.new {
  name = "infinite",
  doc = "Rises to max, cools down to `constant`, stays there as long as the run takes, and falls "
    .. "in geometric steps to min over the last `decay`: a run that may go on (lrrun continue, "
    .. "extend --via stretch) does so from the constant rate.",
  source = "Ibrahim et al., arXiv 2403.08763, section 7.3",
  positional = { "warmup", "cooldown", "decay" },
  keys = {
    { "warmup", "duration", default = 0, doc = "time to the highest rate" },
    { "cooldown", "duration", required = true, doc = "time from there to the constant rate" },
    { "decay", "duration", default = 0, doc = "time of the fall at the end; 0: there is none" },
    { "max", "number", min = 0, rate = "peak",
      doc = "highest rate; the optimizer's lr by default" },
    { "constant", "number", min = 0, rate = "floor",
      doc = "the rate that lasts; max / 2 by default" },
    { "min", "number", min = 0, rate = "floor",
      doc = "rate at the end; constant / 10 by default" },
    { "shape", "string", choices = { "cosine", "inverse_sqrt" }, default = "cosine",
      doc = "the cooldown" },
    { "steepness", "number", above = 0, default = 10,
      doc = "of the inverse square root: 1 / sqrt(1 + steepness x)" },
  },
  base = "max",
  fills = true,
  check = function(o, fail, given)
    if given.steepness and o.shape ~= "inverse_sqrt" then
      fail("steepness", "needs shape = 'inverse_sqrt'")
    end
  end,
  native = function(o, steps)
    return { warmup = steps(o.warmup), cooldown = steps(o.cooldown), decay = steps(o.decay),
      max = o.max, constant = o.constant, min = o.min, shape = o.shape, steepness = o.steepness }
  end,
  peak = function(o, steps)
    return steps(o.warmup)
  end,
}
