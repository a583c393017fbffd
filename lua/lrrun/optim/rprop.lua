--- Rprop: src/optim/rprop.c.
return require "lrrun.optim.define" {
  name = "optim.rprop",
  doc = "Steps by the gradient's sign alone, for training on whole data sets.",
  source = "Riedmiller and Braun 1993",
  numbers = {
    {
      { "etas", "list", of = "number", default = { 0.5, 1.2 },
        doc = "factors of a step's size: the sign turned, the sign stayed" },
      "eta_minus", "eta_plus",
    },
    {
      { "step_sizes", "list", of = "number", default = { 1e-6, 50 },
        doc = "smallest and largest size of a step" },
      "step_min", "step_max",
    },
  },
  defaults = { lr = 1e-2 },
  finds = "sizes",
  like = { pytorch = {} },
  plain_lr = true, -- the size of the first steps
}
