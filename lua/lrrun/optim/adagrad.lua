--- Adagrad: src/optim/adagrad.c.
return require "lrrun.optim.define" {
  name = "optim.adagrad",
  doc = "Divides the gradient by the root of the sum of all its squares.",
  source = "Duchi, Hazan and Singer, JMLR 12, 2011",
  law = "adam",
  numbers = {
    "eps",
    {
      { "lr_decay", "number", default = 0, doc = "rate divided by 1 + lr_decay * updates" },
      "lr_decay",
    },
    {
      { "initial_accumulator", "number", default = 0, doc = "start of the sum of squares" },
      "initial_accumulator",
    },
  },
  defaults = { lr = 1e-2 },
  like = {
    pytorch = { eps = 1e-10 },
    keras = { lr = 1e-3, eps = 1e-7, initial_accumulator = 0.1 },
  },
}
