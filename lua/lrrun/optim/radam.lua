--- RAdam: src/optim/radam.c.
return require "lrrun.optim.define" {
  name = "optim.radam",
  doc = "Adam whose first steps are held back until its averages can be trusted.",
  source = "Liu et al., ICLR 2020",
  law = "adam",
  numbers = { "betas", "eps" },
  defaults = { lr = 1e-3 },
  like = { pytorch = {} },
}
