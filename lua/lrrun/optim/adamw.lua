--- Adam with decoupled weight decay: src/optim/adam.c.
return require "lrrun.optim.define" {
  name = "optim.adamw",
  doc = "Adam whose weight decay is no part of the gradient.",
  source = "Loshchilov and Hutter, ICLR 2019",
  law = "adam",
  numbers = { "betas", "eps" },
  flags = { "amsgrad", "cautious" },
  defaults = { lr = 1e-3, weight_decay = 1e-2 },
  like = { pytorch = {}, keras = { eps = 1e-7, weight_decay = 4e-3 } },
  decoupled = true,
}
