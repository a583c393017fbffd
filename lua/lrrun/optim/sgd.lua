--- Stochastic gradient descent: src/optim/sgd.c.
return require "lrrun.optim.define" {
  name = "optim.sgd",
  doc = "Steps against the gradient, with momentum if wanted.",
  source = "Polyak 1964; Sutskever et al., ICML 2013",
  law = "sgd",
  numbers = { "momentum", "dampening" },
  flags = { "nesterov" },
  defaults = {}, -- a rate that suits sgd depends on the task: it has to be given
  typical_lr = 10 ^ -1.2,
  like = { pytorch = { lr = 1e-3 }, keras = { lr = 0.01 } },
}
