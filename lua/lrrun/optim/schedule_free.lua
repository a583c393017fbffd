--- What the schedule-free optimizers have in common: src/optim/schedule_free.c. Layer: optim.

local statistics = require "lrrun.optim.statistics"

local free = {}

free.SOURCE = "Defazio et al., The road less scheduled, arXiv 2405.15682"

free.WARMUP = {
  { "warmup", "duration", default = 0,
    doc = "how long the rate rises to lr, in a line from the first update on; it weighs the "
      .. "average, too" },
  "warmup",
}

free.OWN = { statistics.rule(statistics.BATCHES,
  "running statistics of batchnorm where it is evaluated") }

return free
