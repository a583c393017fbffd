--- What is minimised: the mean over the targets.

return {
  name = "loss",
  doc = "Mean of what is minimised; of mse, l1 and huber in deviations of the targets where these "
    .. "are scaled (target_scale).",
  label = "loss",
  short = "loss",
  mode = "min",
  splits = true,
  of = function(sums)
    return sums.loss / sums.weight
  end,
  wide = 50,
}
