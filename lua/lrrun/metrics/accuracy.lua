--- How much of the targets the network gets right.

return {
  name = "accuracy",
  doc = "Share of the targets that the network gets right.",
  label = "accuracy",
  short = "acc",
  mode = "max",
  splits = true,
  needs = { "correct" },
  of = function(sums)
    return sums.correct / sums.targets
  end,
  format = "%.4f",
  share = true,
}
