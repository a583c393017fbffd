--- Rprop: src/optim/rprop.c.
return require "lrrun.optim.define" {
  name = "optim.rprop",
  doc = "Steps by the gradient's sign alone, for training on whole data sets.",
  source = "Riedmiller and Braun 1993",
  numbers = { "etas", "step_sizes" },
  defaults = { lr = 1e-2 },
  like = { pytorch = {} },
  plain_lr = true, -- the size of the first steps
}
