--- rates = layerwise { 0.75 }.

local depth = require "lrrun.rates.depth"
local options = require "lrrun.util.options"

return options.constructor {
  name = "layerwise",
  doc = "Rates that fall with depth, for networks that begin from trained weights: the top layer "
    .. "has lr, each one below `decay` times that of the one above. A transformer's block and what "
    .. "nn.residual or nn.concat holds are one layer; norms and positions go with the layer below. "
    .. "It multiplies what groups say.",
  source = "Clark et al., ELECTRA, 2020; timm's layer_decay (0.65 to 0.8)",
  positional = { "decay" },
  keys = {
    { "decay", "number", above = 0, max = 1, required = true,
      doc = "a layer's rate over that of the layer above" },
    depth.PARTS,
  },
  check = depth.check,
  methods = depth.methods(function(o, i, n)
    return o.decay ^ (n - i)
  end),
}
