--- Activations: each treats every element alone, and softmax the last axis.

local layer = require "lrrun.nn.layer"

local activation = {}

-- One activation: attributes of its operator are its keys.
local function define(name, doc, source, key)
  activation[name] = layer.constructor {
    name = "nn." .. name,
    doc = doc,
    source = source,
    positional = key and { key[1] } or {},
    keys = { key },
    methods = {
      add = function(self, b, x)
        return b:op(name, { x }, key and { [key[1]] = self.opts[key[1]] } or nil)
      end,
    },
  }
end

define("relu", "max(x, 0).", "Nair and Hinton, ICML 2010")
define("leaky_relu", "x where x > 0, else slope * x.", "Maas et al., ICML 2013",
  layer.ranged({ "slope", "number", default = 0.01, doc = "factor below 0" }, "leaky_relu"))
define("elu", "x where x > 0, else alpha * (exp(x) - 1).", "Clevert et al., arXiv 1511.07289",
  layer.ranged({ "alpha", "number", default = 1, doc = "what it tends to below 0, negated" },
    "elu"))
define("selu", "elu scaled so that activations normalise themselves.",
  "Klambauer et al., arXiv 1706.02515")
define("gelu", "x * Phi(x), the exact form.", "Hendrycks and Gimpel, arXiv 1606.08415")
define("silu", "x * sigmoid(x).", "Elfwing et al., arXiv 1702.03118")
define("tanh", "Hyperbolic tangent.")
define("sigmoid", "1 / (1 + exp(-x)).")
define("softplus", "log(1 + exp(x)).")
define("softmax", "exp(x) / sum of exp(x) over the last axis. The losses take logits: put no "
  .. "softmax before cross_entropy.")

return activation
