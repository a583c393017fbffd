--- nn.linear: y = x W^T + b over the last axis.

local init = require "lrrun.nn.initializers"
local layer = require "lrrun.nn.layer"

return layer.constructor {
  name = "nn.linear",
  doc = "Fully connected layer: y = x W^T + b over the last axis.",
  positional = { "units" },
  keys = {
    { "units", "integer", min = 1, required = true, doc = "number of outputs" },
    { "bias", "boolean", default = true, doc = "whether b is there" },
    init.RULE,
  },
  methods = {
    add = function(self, b, x)
      local o = self.opts
      local shape = b:shape(x)
      local n_in = shape[#shape] or 1
      local ids = { x, b:param("weight", { o.units, n_in }, init.weights(o.init, n_in, o.units)) }
      if o.bias then
        ids[3] = b:param("bias", { o.units }, init.bias(o.init, n_in))
      end
      return b:op("linear", ids)
    end,
  },
}
