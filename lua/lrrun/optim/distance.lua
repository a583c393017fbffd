--- Numbers of optimizers that estimate how far the solution is: entries of define.lua.
return {
  d0 = { { "d0", "number", default = 1e-6,
    doc = "the first estimate; it grows from there by itself, and never falls" }, "d0" },
  d_coef = { { "d_coef", "number", default = 1,
    doc = "factor of the estimate: 2 or 0.5 where the rate that it finds is too low or too high" },
    "d_coef" },
  growth_rate = { { "growth_rate", "number",
    doc = "the most that the estimate grows by in an update; any without it" }, "growth_rate" },
  beta3 = { { "beta3", "number",
    doc = "decay of the estimate's sums; the root of the second of betas without it" }, "beta3" },
}
