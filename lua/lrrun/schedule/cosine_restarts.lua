--- Half a cosine down, again and again: cosine with after = "restart".

local form = require "lrrun.schedule.form"

return form.new {
  name = "cosine_restarts",
  native_kind = "cosine",
  doc = "Falls as cosine does and starts again, cycles `mult` times longer and `height` times "
    .. "as high.",
  source = "Loshchilov and Hutter, SGDR, 2017; PyTorch CosineAnnealingWarmRestarts",
  positional = { "length" },
  own_length = true,
  keys = {
    { "min", "number", min = 0, default = 0, rate = "floor", doc = "lowest rate" },
    { "max", "number", min = 0, rate = "peak",
      doc = "highest rate; the optimizer's lr by default" },
    { "length", "duration", above = 0, required = true, doc = "the first cycle" },
    { "mult", "number", min = 1, default = 1, doc = "growth of the cycles" },
    { "height", "number", above = 0, default = 1, doc = "max of each cycle against the last" },
  },
  base = "max",
  cycles = function()
    return true
  end,
  native = function(o)
    return { min = o.min, max = o.max, after = "restart", mult = o.mult, height = o.height }
  end,
}
