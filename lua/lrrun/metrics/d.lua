--- What an optimizer that finds its rate multiplies lr by.

return {
  name = "d",
  doc = "What the optimizer multiplies lr by, as it found it in the last update: d * lr is the "
    .. "effective rate (optim.prodigy, optim.dadapt_adam, optim.dog).",
  label = "d, times which lr is the rate",
  short = "d",
  needs = { "d" },
  of = function(sums)
    return sums.d
  end,
  format = "%.3g",
  wide = 100,
}
