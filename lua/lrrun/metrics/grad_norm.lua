--- How long the gradient was, before clipping.

return {
  name = "grad_norm",
  doc = "Norm of the gradient before clipping, mean over the updates.",
  label = "norm of the gradient before clipping",
  short = "grad",
  mode = "min",
  of = function(sums)
    return sums.grad_norm / sums.steps
  end,
  format = "%.3g",
  wide = 50,
}
