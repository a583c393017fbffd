--- Layers that move or drop values: nn.flatten, nn.reshape, nn.dropout.

local counted = require "lrrun.util.counted"
local layer = require "lrrun.nn.layer"

local shape = {}

local function count(sizes)
  local n = 1
  for _, d in ipairs(sizes) do
    n = n * d
  end
  return n
end

shape.flatten = layer.constructor {
  name = "nn.flatten",
  doc = "All values of a sample in one row.",
  keys = {},
  methods = {
    add = function(_, b, x)
      return b:op("flatten", { x })
    end,
  },
}

shape.reshape = layer.constructor {
  name = "nn.reshape",
  doc = "The same values in another shape; the batch stays in front.",
  rest = "shape",
  keys = {
    { "shape", "list", of = "integer", min = 1, required = true, doc = "sizes of one sample" },
  },
  check = function(o, fail)
    if #o.shape < 1 or #o.shape > 4 then
      fail("shape", "has %d sizes, want 1 to 4", #o.shape)
    end
  end,
  methods = {
    add = function(self, b, x)
      local sizes = self.opts.shape
      local from = b:shape(x)
      if count(sizes) ~= count(from) then
        b:fail("the input is (%s), %s; (%s) has %d", table.concat(from, ", "),
          counted(count(from), "value"), table.concat(sizes, ", "), count(sizes))
      end
      return b:op("reshape", { x }, {
        d1 = sizes[1], d2 = sizes[2], d3 = sizes[3], d4 = sizes[4],
      })
    end,
  },
}

shape.dropout = layer.constructor {
  name = "nn.dropout",
  doc = "Drops values at random while training, and scales the rest by 1 / (1 - rate).",
  source = "Srivastava et al., JMLR 15, 2014; spatial: Tompson et al., CVPR 2015",
  positional = { "rate" },
  keys = {
    layer.ranged({ "rate", "number", default = 0.5, schedule = true, doc = "share dropped" },
      "dropout"),
    { "spatial", "boolean", default = false, doc = "drops whole channels" },
  },
  methods = {
    add = function(self, b, x)
      return b:op("dropout", { x }, { rate = self.opts.rate, spatial = self.opts.spatial })
    end,
  },
}

return shape
