--- RMSProp: src/optim/rmsprop.c.
return require "lrrun.optim.define" {
  name = "optim.rmsprop",
  doc = "Divides the gradient by its running root mean square.",
  source = "Tieleman and Hinton 2012; centered: Graves 2013",
  law = "adam",
  numbers = { "rho", "eps", "momentum" },
  flags = { "centered" },
  defaults = { lr = 1e-3, rho = 0.9 },
  like = { pytorch = { lr = 1e-2, rho = 0.99 }, keras = { eps = 1e-7 } },
}
