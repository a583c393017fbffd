--- How many of the targets are found.

local per_class = require "lrrun.metrics.per_class"

return {
  name = "recall",
  doc = "Share of the targets that is found: of the second of two classes, or the mean over more; "
    .. "of tags of whole entities.",
  label = "recall",
  short = "rec",
  mode = "max",
  splits = true,
  collects = "classes",
  positive = true,
  entities = true,
  of = function(sums)
    return per_class.of(sums, per_class.recall)
  end,
  format = "%.4f",
  share = true,
}
