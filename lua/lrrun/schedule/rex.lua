--- Slow first, then fast: for short budgets.

local form = require "lrrun.schedule.form"

return form.new {
  name = "rex",
  doc = "min + (max - min) (1 - p) / (1 - p / 2), p the share of its length that has passed: "
    .. "above a line throughout, steepest at the end.",
  source = "Chen, Wolfe and Kyrillidis, arXiv 2107.04197",
  positional = { "max", "min" },
  keys = {
    { "max", "number", min = 0, rate = "peak",
      doc = "highest rate; the optimizer's lr by default" },
    { "min", "number", min = 0, default = 0, rate = "floor", doc = "rate at the end" },
  },
  base = "max",
  fills = true,
  ends = "min",
  native = function(o)
    return { max = o.max, min = o.min }
  end,
}
