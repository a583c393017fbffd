--- Lion: src/optim/lion.c.
return require "lrrun.optim.define" {
  name = "optim.lion",
  doc = "Steps by the sign of a mixture of momentum and gradient.",
  source = "Chen et al., arXiv 2302.06675",
  law = "adam",
  numbers = { "betas" },
  flags = { "cautious" },
  defaults = { lr = 1e-4, betas = { 0.9, 0.99 } },
  like = { keras = { lr = 1e-3 } },
  decoupled = true,
}
