--- Adam: src/optim/adam.c.
return require "lrrun.optim.define" {
  name = "optim.adam",
  doc = "Steps by moving averages of the gradient and of its square.",
  source = "Kingma and Ba, ICLR 2015; amsgrad: Reddi et al., ICLR 2018",
  law = "adam",
  numbers = { "betas", "eps" },
  flags = { "amsgrad", "cautious" },
  defaults = { lr = 1e-3 },
  like = { pytorch = {}, keras = { eps = 1e-7 } },
}
