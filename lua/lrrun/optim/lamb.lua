--- LAMB: src/optim/lamb.c.
return require "lrrun.optim.define" {
  name = "optim.lamb",
  doc = "Adam whose rate follows the size of each tensor, for very large batches.",
  source = "You et al., ICLR 2020",
  numbers = { "betas", "eps" },
  defaults = { lr = 1e-3, eps = 1e-6 },
  typical_lr = 1e-2,
  like = { keras = { eps = 1e-7 } },
}
