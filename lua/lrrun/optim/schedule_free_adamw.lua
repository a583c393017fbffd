--- Schedule-free AdamW: src/optim/schedule_free.c.
local free = require "lrrun.optim.schedule_free"

return require "lrrun.optim.define" {
  name = "optim.schedule_free_adamw",
  doc = "AdamW with an average of its steps in the place of a decaying rate: the average is what "
    .. "is evaluated, kept and saved. Its lr wants tuning, one to ten times that of adamw, a "
    .. "warmup helps, and runs of some ten thousand updates want a first beta of 0.95 to 0.98. On "
    .. "digits it did not reach adamw with a rate that falls to 0 in a line. As the package "
    .. "schedulefree; optax's counts its warmup one update later.",
  source = free.SOURCE,
  numbers = {
    {
      { "betas", "list", of = "number", default = { 0.9, 0.999 },
        doc = "where gradients are taken: this much of the way from the steps to their average; "
          .. "decay of the average of squares" },
      "interpolation", "beta2",
    },
    "eps", free.WARMUP,
  },
  defaults = { lr = 2.5e-3 },
  own = free.OWN,
  steady_lr = true,
}
