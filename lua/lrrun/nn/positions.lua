--- nn.positions: what tells one step of a sequence from another.

local init = require "lrrun.nn.initializers"
local layer = require "lrrun.nn.layer"

return layer.constructor {
  name = "nn.positions",
  doc = "Adds a vector of its own to each position of (time, features): learned, or waves that "
    .. "grow longer from one pair of features to the next.",
  source = "Vaswani et al., NeurIPS 2017 (arXiv 1706.03762), section 3.5",
  positional = { "length" },
  keys = {
    { "length", "integer", min = 1,
      doc = "positions there are, as many as the longest sequence or more; the data's without it" },
    { "kind", "string", choices = { "learned", "sinusoidal" }, default = "learned",
      doc = "how the vectors come about" },
    { "init", "value", kinds = init.RULE.kinds,
      doc = "how learned ones start; normal with deviation 0.02 without one" },
  },
  check = function(o, fail)
    if o.kind == "sinusoidal" and o.init then
      fail("init", "is given, and sinusoidal positions have no weights")
    end
  end,
  methods = {
    add = function(self, b, x)
      local o = self.opts
      local shape = layer.steps(b, x)
      if o.length and o.length < shape[1] then
        b:fail("length is %d, and the input has %d steps: want that many or more", o.length,
          shape[1])
      elseif o.kind == "sinusoidal" then
        return b:op("positions", { x })
      end
      local length = o.length or shape[1]
      local start = { kind = "normal", a = 0.02 }
      if o.init then
        start = o.init:weights(length, shape[2])
      end
      return b:op("positions", { x, b:param("weight", { length, shape[2] }, start,
        "in_out") })
    end,
  },
}
