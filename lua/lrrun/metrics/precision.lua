--- How many of the answers are right.

local per_class = require "lrrun.metrics.per_class"

return {
  name = "precision",
  doc = "Share of the answers that is right: of the second of two classes, or the mean over more.",
  label = "precision",
  short = "prec",
  mode = "max",
  splits = true,
  collects = "classes",
  positive = true,
  of = function(sums)
    return per_class.mean(sums.classes, per_class.precision)
  end,
  format = "%.4f",
  share = true,
}
