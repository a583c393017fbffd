--- How well scores tell the classes apart, whatever the threshold.

return {
  name = "auc",
  doc = "Area under the ROC curve: how often a target of the second class has the higher score "
    .. "of two; of more classes the mean of each against the others.",
  label = "area under the ROC curve",
  short = "auc",
  mode = "max",
  splits = true,
  collects = "ranks",
  undefined = "a class is missing in the split",
  of = function(sums)
    local areas, sum = sums.ranks.areas, 0
    for _, area in ipairs(areas) do
      sum = sum + area
    end
    return sum == sum and sum / #areas or nil
  end,
  format = "%.4f",
  share = true,
}
