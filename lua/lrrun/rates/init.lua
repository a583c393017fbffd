--- Rules on rates by depth. Layer: rates.

return {
  layerwise = require "lrrun.rates.layerwise",
  discriminative = require "lrrun.rates.discriminative",
}
