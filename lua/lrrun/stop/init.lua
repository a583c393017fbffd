--- Stop rules of the recipe language: stop.early{...} and the others give values for a recipe.
-- Recipes see every name of this table; what runs make of a rule is compile.lua. Layer: stop.

local stop = {
  early = require "lrrun.stop.early",
  plateau = require "lrrun.stop.plateau",
  threshold = require "lrrun.stop.threshold",
  divergence = require "lrrun.stop.divergence",
  nonfinite = require "lrrun.stop.nonfinite",
  time = require "lrrun.stop.time",
  any = require "lrrun.stop.any",
  all = require "lrrun.stop.all",
}

return stop
