--- How many of the answers are right.

local per_class = require "lrrun.metrics.per_class"

return {
  name = "precision",
  doc = "Share of the answers that is right: of the second of two classes, or the mean over more; "
    .. "of tags of whole entities.",
  label = "precision",
  short = "prec",
  mode = "max",
  splits = true,
  collects = "classes",
  positive = true,
  entities = true,
  of = function(sums)
    return per_class.of(sums, per_class.precision)
  end,
  format = "%.4f",
  share = true,
}
