--- Schedule-free descent: src/optim/schedule_free.c.
local free = require "lrrun.optim.schedule_free"

return require "lrrun.optim.define" {
  name = "optim.schedule_free_sgd",
  doc = "Descent with an average of its steps in the place of a decaying rate: the average is "
    .. "what is evaluated, kept and saved. Its lr wants tuning, 10 to 50 times that of sgd with "
    .. "momentum, a warmup helps, and runs of some ten thousand updates want a momentum of 0.95 "
    .. "to 0.98. On digits it did not reach sgd with a rate that falls to 0 in a line. As the "
    .. "package schedulefree; optax's counts its warmup one update later.",
  source = free.SOURCE,
  numbers = {
    {
      { "momentum", "number", default = 0.9,
        doc = "where gradients are taken: this much of the way from the steps to their average" },
      "interpolation",
    },
    free.WARMUP,
  },
  defaults = { lr = 1 },
  own = free.OWN,
  steady_lr = true,
}
