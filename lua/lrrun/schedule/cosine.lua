--- Half a cosine down, and what follows it.

local form = require "lrrun.schedule.form"

return form.new {
  name = "cosine",
  doc = "min + (max - min) (1 + cos(pi t / length)) / 2; then it holds, mirrors or restarts "
    .. "with cycles `mult` times longer and `height` times as high.",
  source = "Loshchilov and Hutter, SGDR, 2017; PyTorch CosineAnnealingLR",
  positional = { "length" },
  keys = {
    { "min", "number", min = 0, default = 0, rate = "floor", doc = "lowest rate" },
    { "max", "number", min = 0, rate = "peak",
      doc = "highest rate; the optimizer's lr by default" },
    { "after", "string", choices = { "hold", "mirror", "restart" }, default = "hold",
      doc = "what follows the length" },
    { "mult", "number", min = 1, default = 1, doc = "growth of the cycles after a restart" },
    { "height", "number", above = 0, default = 1, doc = "max of each cycle against the last" },
  },
  base = "max",
  fills = true,
  ends = "min",
  check = function(o, fail)
    for _, key in ipairs { "mult", "height" } do
      if o[key] ~= 1 and o.after ~= "restart" then
        fail(key, "needs after = 'restart'")
      end
    end
  end,
  cycles = function(o)
    return o.after ~= "hold"
  end,
  native = function(o)
    return { min = o.min, max = o.max, after = o.after, mult = o.mult, height = o.height }
  end,
}
