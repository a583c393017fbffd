--- Accuracy in which each class counts the same.

local per_class = require "lrrun.metrics.per_class"

return {
  name = "balanced_accuracy",
  doc = "Mean over the classes of the share of their targets that the network gets right.",
  label = "balanced accuracy",
  short = "bal",
  mode = "max",
  splits = true,
  collects = "classes",
  of = function(sums)
    return per_class.balanced(sums.classes)
  end,
  format = "%.4f",
  share = true,
}
