--- nn.linear: y = x W^T + b over the last axis.

local init = require "lrrun.nn.initializers"
local layer = require "lrrun.nn.layer"
local shared = require "lrrun.nn.shared"

-- The number of outputs, where it is said or the data's.
local function units_of(o, b)
  if o.units ~= "vocab" then
    return o.units or b:tied_shape(o.tied, "weight")[1]
  end
  return b.context.target_vocab or b.context.vocab
    or b:fail("units is \"vocab\", and the data have no tokens: want a number")
end

return layer.constructor {
  name = "nn.linear",
  doc = "Fully connected layer: y = x W^T + b over the last axis.",
  positional = { "units" },
  keys = {
    { "units", { "integer", "string" }, min = 1, choices = { "vocab" },
      doc = "number of outputs, or \"vocab\": one for each token that the data's targets may be; "
        .. "needed unless tied" },
    { "bias", "boolean", default = true, doc = "whether b is there" },
    init.RULE,
    shared.NAME,
    shared.TIED,
  },
  check = function(o, fail)
    if not o.units and not o.tied then
      fail("units", "is missing: it takes an integer at least 1")
    end
    shared.check(o, fail)
  end,
  methods = {
    add = function(self, b, x)
      local o = self.opts
      local shape = b:shape(x)
      local n_in = shape[#shape] or 1
      local units = units_of(o, b)
      local weight = shared.weight(o, b, { units, n_in }, init.weights(o.init, n_in, units))
      local ids = { b:readout(x, weight), weight }
      if o.bias then
        ids[3] = b:param("bias", { units }, init.bias(o.init, n_in))
      end
      return b:op("linear", ids)
    end,
  },
}
