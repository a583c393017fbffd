--- Adamax: src/optim/adamax.c.
return require "lrrun.optim.define" {
  name = "optim.adamax",
  doc = "Adam that divides by the largest recent gradient.",
  source = "Kingma and Ba, ICLR 2015, section 7",
  law = "adam",
  numbers = { "betas", "eps" },
  defaults = { lr = 2e-3 },
  like = { pytorch = {}, keras = { lr = 1e-3, eps = 1e-7 } },
}
