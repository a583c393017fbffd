--- The largest curvature of the loss at the weights.

return {
  name = "sharpness",
  doc = "Largest eigenvalue of the Hessian of the training loss at the weights, on 512 samples, or "
    .. "1,024 targets where each step has one. Plain gradient descent is unstable at rates "
    .. "above 2 / sharpness (lrrun help probe); each evaluation costs about as much as training "
    .. "on 15,000 samples more.",
  label = "sharpness: largest curvature of the loss",
  short = "sharp",
  mode = "min",
  probed = true,
  undefined = "the loss is not finite there",
  of = function(sums)
    return sums.sharpness
  end,
  format = "%.4g",
  wide = 50,
}
