--- NAdam: src/optim/nadam.c.
return require "lrrun.optim.define" {
  name = "optim.nadam",
  doc = "Adam with Nesterov's momentum.",
  source = "Dozat, ICLR 2016 workshop",
  law = "adam",
  numbers = {
    "betas", "eps",
    {
      { "momentum_decay", "number", default = 4e-3, doc = "how fast the momentum warms up" },
      "momentum_decay",
    },
  },
  defaults = { lr = 2e-3 },
  like = { pytorch = {}, keras = { lr = 1e-3, eps = 1e-7, momentum_decay = 1 } },
}
