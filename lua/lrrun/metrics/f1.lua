--- Precision and recall in one figure.

local per_class = require "lrrun.metrics.per_class"

return {
  name = "f1",
  doc = "F1, the harmonic mean of precision and recall: of the second of two classes, or the mean "
    .. "over more; of tags (task = \"tags\") that of whole entities.",
  label = "F1",
  short = "f1",
  mode = "max",
  splits = true,
  collects = "classes",
  positive = true,
  entities = true,
  of = function(sums)
    return per_class.of(sums, per_class.f1)
  end,
  format = "%.4f",
  share = true,
}
