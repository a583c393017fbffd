--- How weights start: nn.he, nn.glorot, nn.orthogonal, nn.normal, nn.uniform, nn.zeros.
--
-- Values for a layer's `init`. Without one a layer starts as PyTorch's does: uniform in
-- +-1/sqrt(fan_in). Layer: nn.

local options = require "lrrun.util.options"

local init = {}

local DISTRIBUTION = {
  "distribution", "string", choices = { "normal", "uniform" }, default = "normal",
  doc = "shape of the random numbers",
}

local function spread(distribution, std)
  if distribution == "uniform" then
    return { kind = "uniform", a = std * math.sqrt(3) }
  end
  return { kind = "normal", a = std }
end

init.he = options.constructor {
  name = "nn.he",
  doc = "Keeps the variance of activations through ReLU: deviation sqrt(2 / fan_in).",
  source = "He et al., ICCV 2015 (arXiv 1502.01852), eq. 10",
  positional = { "distribution" },
  keys = { DISTRIBUTION },
  methods = {
    weights = function(self, fan_in)
      return spread(self.opts.distribution, math.sqrt(2 / fan_in))
    end,
  },
}

init.glorot = options.constructor {
  name = "nn.glorot",
  doc = "Keeps variances forward and backward: deviation sqrt(2 / (fan_in + fan_out)).",
  source = "Glorot and Bengio, AISTATS 2010, eq. 16",
  positional = { "distribution" },
  keys = {
    { "distribution", "string", choices = { "normal", "uniform" }, default = "uniform",
      doc = "shape of the random numbers" },
  },
  methods = {
    weights = function(self, fan_in, fan_out)
      return spread(self.opts.distribution, math.sqrt(2 / (fan_in + fan_out)))
    end,
  },
}

init.orthogonal = options.constructor {
  name = "nn.orthogonal",
  doc = "Rows (or columns, where there are more rows) orthonormal, times gain.",
  source = "Saxe et al., ICLR 2014 (arXiv 1312.6120)",
  positional = { "gain" },
  keys = { { "gain", "number", above = 0, default = 1, doc = "factor" } },
  methods = {
    weights = function(self)
      return { kind = "orthogonal", a = self.opts.gain }
    end,
  },
}

init.normal = options.constructor {
  name = "nn.normal",
  doc = "Normal with mean 0.",
  positional = { "std" },
  keys = { { "std", "number", min = 0, default = 0.01, doc = "standard deviation" } },
  methods = {
    weights = function(self)
      return { kind = "normal", a = self.opts.std }
    end,
  },
}

init.uniform = options.constructor {
  name = "nn.uniform",
  doc = "Uniform between -bound and bound.",
  positional = { "bound" },
  keys = { { "bound", "number", min = 0, default = 0.05, doc = "largest magnitude" } },
  methods = {
    weights = function(self)
      return { kind = "uniform", a = self.opts.bound }
    end,
  },
}

init.zeros = options.constructor {
  name = "nn.zeros",
  doc = "All zero.",
  keys = {},
  methods = {
    weights = function()
      return { kind = "constant", a = 0 }
    end,
  },
}

--- The rule for a layer's `init` key.
init.RULE = {
  "init", "value",
  kinds = { "nn.he", "nn.glorot", "nn.orthogonal", "nn.normal", "nn.uniform", "nn.zeros" },
  doc = "how the weights start; PyTorch's uniform +-1/sqrt(fan_in) without one",
}

--- Start of a layer's weights: its `init`, or uniform in +-1/sqrt(fan_in).
---@param value table? the `init` option
---@param fan_in integer
---@param fan_out integer
function init.weights(value, fan_in, fan_out)
  if value then
    return value:weights(fan_in, fan_out)
  end
  return { kind = "uniform", a = 1 / math.sqrt(fan_in) }
end

--- Start of a layer's bias: uniform in +-1/sqrt(fan_in) like PyTorch's, but zero where
--- the recipe chose how its weights start.
function init.bias(value, fan_in)
  if value then
    return { kind = "constant", a = 0 }
  end
  return { kind = "uniform", a = 1 / math.sqrt(fan_in) }
end

return init
