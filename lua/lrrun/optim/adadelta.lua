--- Adadelta: src/optim/adadelta.c.
return require "lrrun.optim.define" {
  name = "optim.adadelta",
  doc = "Adapts steps to the size of the last ones; needs no rate.",
  source = "Zeiler, arXiv 1212.5701",
  numbers = { "rho", "eps" },
  defaults = { lr = 1, rho = 0.95, eps = 1e-6 },
  finds = "steps",
  like = { pytorch = { rho = 0.9 }, keras = { lr = 1e-3, eps = 1e-7 } },
}
