--- What is minimised: the mean over the targets.

return {
  name = "loss",
  doc = "Mean of what is minimised.",
  label = "loss",
  short = "loss",
  mode = "min",
  splits = true,
  of = function(sums)
    return sums.loss / sums.targets
  end,
  wide = 50,
}
