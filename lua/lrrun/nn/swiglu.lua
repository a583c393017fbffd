--- nn.swiglu: a gated layer of two matrices side by side and one after them.

local init = require "lrrun.nn.initializers"
local layer = require "lrrun.nn.layer"

-- Two thirds of four times the width, as three matrices stand for two, up to a multiple of 64.
local function hidden_of(width)
  return (width * 8 // 3 + 63) // 64 * 64
end

return layer.constructor {
  name = "nn.swiglu",
  doc = "Gated layer: y = down(silu(gate(x)) * up(x)) over the last axis, in the place of two "
    .. "linear layers with an activation between them.",
  source = "Shazeer, arXiv 2002.05202",
  positional = { "units" },
  keys = {
    { "units", "integer", min = 1, doc = "number of outputs; as many as inputs without it" },
    { "hidden", "integer", min = 1,
      doc = "outputs of gate and up; 8/3 of the inputs without it, up to a multiple of 64" },
    { "bias", "boolean", default = false,
      doc = "whether bias_gate, bias_up and bias_down are there" },
    init.RULE,
    { "down_init", "value", kinds = init.RULE.kinds,
      doc = "how weight_down starts; as init says without one" },
  },
  methods = {
    add = function(self, b, x)
      local o = self.opts
      local shape = layer.numbers(b, x)
      if #shape == 0 then
        b:fail("the input has no axis of features")
      end
      local width = shape[#shape]
      local hidden, units = o.hidden or hidden_of(width), o.units or width
      local function linear(from, name, n_in, n, start)
        local weight = b:param("weight_" .. name, { n, n_in }, init.weights(start, n_in, n))
        local ids = { b:readout(from, weight), weight }
        ids[3] = o.bias and b:param("bias_" .. name, { n }, init.bias(start, n_in)) or nil
        return b:op("linear", ids)
      end
      local gate = linear(x, "gate", width, hidden, o.init)
      local up = linear(x, "up", width, hidden, o.init)
      return linear(b:op("swiglu", { gate, up }), "down", hidden, units, o.down_init or o.init)
    end,
  },
}
