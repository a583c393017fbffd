--- D-Adaptation of Adam: src/optim/dadapt_adam.c.
local distance = require "lrrun.optim.distance"

return require "lrrun.optim.define" {
  name = "optim.dadapt_adam",
  doc = "Adam with a bound on the distance to the solution, d, as its rate; prodigy is its "
    .. "successor and finds larger ones. Keeps three numbers for each weight. What it needs tuned: "
    .. "lr, which multiplies d, and a schedule that falls to 0. As the package dadaptation; "
    .. "optax's is bias_correction = true, decoupled = true.",
  source = "Defazio and Mishchenko, ICML 2023",
  numbers = { "betas", "eps", distance.d0, distance.growth_rate },
  flags = { "bias_correction", "decoupled" },
  defaults = { lr = 1 },
  finds = "rate",
  whole = { "betas", "d0", "growth_rate" },
  one_rate = true,
}
