--- A straight line from one rate to another.

local form = require "lrrun.schedule.form"

return form.new {
  name = "linear",
  doc = "A straight line: from + (to - from) t / length, then `to`. Down to 0 it is the schedule "
    .. "to begin with: at equal budget it ends lower than cosine (arXiv 2502.15938).",
  source = "PyTorch LinearLR",
  positional = { "from", "to" },
  keys = {
    { "from", "number", min = 0, rate = "peak",
      doc = "rate of update 0; the optimizer's lr by default" },
    { "to", "number", min = 0, default = 0, rate = "floor", doc = "rate at the end" },
  },
  base = "from",
  fills = true,
  ends = "to",
  native = function(o)
    return { from = o.from, to = o.to }
  end,
}
