--- Early termination of trials: values for a search.
--
-- What they decide is in pruner.h; the study hands over recorded values in a declared
-- order. Layer: search.

local options = require "lrrun.util.options"

local pruners = {}

local GRACE = { "grace", "duration", above = 0, default = 1,
  doc = "what every trial gets before the first decision" }
local FACTOR = { "factor", "number", min = 2, max = 100, default = 3,
  doc = "the best 1/factor go on, factor times as long" }

pruners.median = options.constructor {
  name = "search.median",
  doc = "Stops a trial whose best value so far is worse than the median of the earlier "
    .. "trials at the same evaluation.",
  source = "Golovin et al., KDD 2017",
  keys = {
    { "startup", "integer", min = 1, default = 5,
      doc = "earlier trials that must have got as far" },
    { "warmup", "duration", default = 0, doc = "no trial is stopped before" },
  },
}

pruners.asha = options.constructor {
  name = "search.asha",
  doc = "Successive halving without waiting: trials pause at rungs, the best go on from "
    .. "exactly where they were.",
  source = "Li et al., MLSys 2020",
  keys = { GRACE, FACTOR },
}

pruners.hyperband = options.constructor {
  name = "search.hyperband",
  doc = "Brackets of successive halving that begin at different rungs.",
  source = "Li et al., JMLR 18, 2018",
  keys = { GRACE, FACTOR },
}

return pruners
