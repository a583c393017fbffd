--- Distance over gradients: src/optim/dog.c.
local statistics = require "lrrun.optim.statistics"

return require "lrrun.optim.define" {
  name = "optim.dog",
  doc = "Gradient descent whose rate is how far the weights have gone over the root of all squared "
    .. "gradients so far: d, which multiplies lr. Evaluated, kept as best and saved is a mean of "
    .. "the weights of all updates. Keeps two numbers for each weight. What it needs tuned: rel, "
    .. "1e-4 with batchnorm, as a first step that is too small takes long to grow.",
  source = "Ivgi et al., ICML 2023",
  numbers = {
    "eps",
    {
      { "rel", "number", default = 1e-6,
        doc = "the first distance, in units of 1 + the weights' norm" },
      "rel",
    },
    {
      { "gamma", "number", default = 8, doc = "how little the average has of early weights" },
      "gamma",
    },
  },
  own = { statistics.rule(statistics.BATCHES,
    "running statistics of batchnorm where it is evaluated") },
  defaults = { lr = 1 },
  finds = "rate",
  whole = { "eps", "rel", "gamma" },
}
