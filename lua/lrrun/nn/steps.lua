--- Layers between sequences and what is none: nn.first, nn.last, nn.tokens.

local layer = require "lrrun.nn.layer"

local steps = {}

local function step(name, doc, last)
  return layer.constructor {
    name = name,
    doc = doc,
    keys = {},
    methods = {
      add = function(_, b, x)
        layer.steps(b, x)
        return b:op("step", { x }, { last = last })
      end,
    },
  }
end

steps.first = step("nn.first", "The first step of a sequence: (time, features) becomes "
  .. "(features).", false)

steps.last = step("nn.last", "The last step of a sequence, of each sample its own: (time, "
  .. "features) becomes (features).", true)

steps.tokens = layer.constructor {
  name = "nn.tokens",
  doc = "An image's places as a sequence, row by row: (c, h, w) becomes (h * w, c). A convolution "
    .. "whose stride is its kernel before it makes them patches.",
  source = "Dosovitskiy et al., ICLR 2021 (arXiv 2010.11929)",
  keys = {},
  methods = {
    add = function(_, b, x)
      local shape = b:shape(x)
      if #shape ~= 3 then
        layer.no_image(b, x)
      end
      return b:op("tokens", { x })
    end,
  },
}

return steps
