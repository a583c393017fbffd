--- rates = discriminative { 100 }.

local depth = require "lrrun.rates.depth"
local options = require "lrrun.util.options"

return options.constructor {
  name = "discriminative",
  doc = "Rates from lr / ratio at the bottom to lr at the top, each layer the same factor above "
    .. "the one below: fastai's slice(lr / 100, lr). Layers are those of layerwise.",
  source = "Howard and Ruder, arXiv 1801.06146; fastai 2 (even_mults)",
  positional = { "ratio" },
  keys = {
    { "ratio", "number", min = 1, default = 100, doc = "rate of the top over that of the bottom" },
    depth.PARTS,
  },
  check = depth.check,
  methods = depth.methods(function(o, i, n)
    return i == n and 1 or o.ratio ^ (-(n - i) / (n - 1))
  end),
}
