--- Prodigy: src/optim/prodigy.c.
local distance = require "lrrun.optim.distance"

return require "lrrun.optim.define" {
  name = "optim.prodigy",
  doc = "Adam that finds its rate: d, an estimate of how far the solution is, multiplies lr, which "
    .. "stays 1 or follows a schedule. d is shown beside lr wherever that is; d * lr is the rate "
    .. "itself. Keeps four numbers for each weight. What it needs tuned: lr or d_coef all the "
    .. "same (recipes/optimizers.lua: on digits a tenth to a third of the found rate was better), "
    .. "and a schedule that falls to 0; d never does. Weight decay is times d * lr. As the package "
    .. "prodigyopt; optax's is bias_correction = true.",
  source = "Mishchenko and Defazio, arXiv 2306.06101",
  numbers = { "betas", "eps", distance.beta3, distance.d0, distance.d_coef, distance.growth_rate },
  flags = { "bias_correction", "safeguard_warmup" },
  defaults = { lr = 1 },
  finds = "rate",
  decoupled = true,
  whole = { "betas", "beta3", "d0", "d_coef", "growth_rate" },
  one_rate = true,
}
