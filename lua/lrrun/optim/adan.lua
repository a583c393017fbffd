--- Adan: src/optim/adan.c.
return require "lrrun.optim.define" {
  name = "optim.adan",
  doc = "Steps by averages of the gradient and of its change since the last update. Keeps four "
    .. "numbers for each weight; weight decay is a division by 1 + lr * weight_decay. betas are "
    .. "the shares kept (the article's are 1 minus these). timm's is the same; optax's takes the "
    .. "other share of the change, 0.08 for 0.92.",
  source = "Xie et al., arXiv 2208.06677",
  law = "adam",
  numbers = {
    "eps",
    {
      { "betas", "list", of = "number", schedule = true, default = { 0.98, 0.92, 0.99 },
        doc = "decay of the averages: of the gradient, of its change, of squares" },
      "beta1", "beta2", "beta3",
    },
  },
  flags = { "cautious" },
  defaults = { lr = 1e-3, betas = { 0.98, 0.92, 0.99 } },
  decoupled = true,
}
