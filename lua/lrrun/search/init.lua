--- Search over hyperparameters: dimensions, strategies, early termination, minimize.
--
-- Layer: search.

local dimensions = require "lrrun.search.dimensions"
local pruners = require "lrrun.search.pruners"
local strategies = require "lrrun.search.strategies"

return {
  uniform = dimensions.uniform,
  loguniform = dimensions.loguniform,
  int = dimensions.int,
  logint = dimensions.logint,
  choice = dimensions.choice,
  grid = strategies.grid,
  random = strategies.random,
  sobol = strategies.sobol,
  bayes = strategies.bayes,
  tpe = strategies.tpe,
  pbt = strategies.pbt,
  median = pruners.median,
  asha = pruners.asha,
  hyperband = pruners.hyperband,
  minimize = require "lrrun.search.minimize",
}
