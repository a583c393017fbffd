--- AdEMAMix: src/optim/ademamix.c.
return require "lrrun.optim.define" {
  name = "optim.ademamix",
  doc = "AdamW with a second, slow average of the gradient. The third of betas, 0.9999, is for "
    .. "tens of thousands of updates: about 0.999 suits short runs. A warmup as long as the run "
    .. "keeps the start stable. optax's is the same; pytorch_optimizer's makes weight decay part "
    .. "of the gradient unless it is told not to.",
  source = "Pagliardini et al., arXiv 2409.03137",
  law = "adam",
  numbers = {
    "eps",
    {
      { "betas", "list", of = "number", schedule = true, default = { 0.9, 0.999, 0.9999 },
        doc = "decay of the averages: fast, of squares, slow" },
      "beta1", "beta2", "beta3",
    },
    {
      { "alpha", "number", default = 5, schedule = true,
        doc = "weight of the slow average in a step" },
      "alpha",
    },
    {
      { "warmup", "duration", default = 0,
        doc = "how long alpha and the slow beta grow to their values" },
      "warmup",
    },
  },
  flags = { "cautious" },
  defaults = { lr = 1e-3, betas = { 0.9, 0.999, 0.9999 } },
  decoupled = true,
}
