--- Normalisation: nn.batchnorm, nn.layernorm, nn.rmsnorm, nn.groupnorm.

local layer = require "lrrun.nn.layer"

local norm = {}

local ONE = { kind = "constant", a = 1 }
local ZERO = { kind = "constant", a = 0 }

local function eps(op)
  return layer.ranged({ "eps", "number", default = 1e-5, doc = "added to the variance" }, op)
end

-- Channels stand first in images, last in everything else.
local function channels(shape)
  return #shape == 3 and shape[1] or shape[#shape]
end

norm.batchnorm = layer.constructor {
  name = "nn.batchnorm",
  doc = "Normalises each channel over the batch; running statistics in evaluation. Stands "
    .. "after a linear layer or convolution and before the activation.",
  source = "Ioffe and Szegedy, ICML 2015 (arXiv 1502.03167)",
  positional = { "momentum" },
  keys = {
    layer.ranged({ "momentum", "number", default = 0.1,
      beside = "; how many channels there are follows from the input: nn.batchnorm()",
      doc = "share of the new batch in the running statistics" }, "batchnorm"),
    eps "batchnorm",
    { "sync", "boolean", default = true,
      doc = "of a batch in shards: normalised over all of it; false: over each shard, which is "
        .. "what networks tuned on one device do, and saves ranks messages" },
  },
  methods = {
    add = function(self, b, x)
      local shape = b:shape(x)
      if #shape == 0 then
        b:fail("the input has no axis to normalise")
      end
      local c = { channels(shape) }
      return b:op("batchnorm", {
        x, b:param("weight", c, ONE), b:param("bias", c, ZERO),
        b:buffer("running_mean", c, 0), b:buffer("running_var", c, 1),
      }, { momentum = self.opts.momentum, eps = self.opts.eps, hold = b:held "weight",
        alone = not self.opts.sync or nil })
    end,
  },
}

norm.layernorm = layer.constructor {
  name = "nn.layernorm",
  doc = "Normalises each sample over its last axis.",
  source = "Ba, Kiros and Hinton, arXiv 1607.06450",
  keys = { eps "layernorm" },
  methods = {
    add = function(self, b, x)
      local shape = b:shape(x)
      if #shape == 0 then
        b:fail("the input has no axis to normalise")
      end
      local n = { shape[#shape] }
      return b:op("layernorm", { x, b:param("weight", n, ONE), b:param("bias", n, ZERO) },
        { eps = self.opts.eps })
    end,
  },
}

norm.rmsnorm = layer.constructor {
  name = "nn.rmsnorm",
  doc = "Divides each sample by the root of its mean square over the last axis.",
  source = "Zhang and Sennrich, NeurIPS 2019 (arXiv 1910.07467)",
  keys = {
    layer.ranged({ "eps", "number", default = 1e-6, doc = "added to the mean square" }, "rmsnorm"),
  },
  methods = {
    add = function(self, b, x)
      local shape = layer.numbers(b, x)
      if #shape == 0 then
        b:fail("the input has no axis to normalise")
      end
      return b:op("rmsnorm", { x, b:param("weight", { shape[#shape] }, ONE) },
        { eps = self.opts.eps })
    end,
  },
}

norm.groupnorm = layer.constructor {
  name = "nn.groupnorm",
  doc = "Normalises each sample over groups of channels.",
  source = "Wu and He, ECCV 2018 (arXiv 1803.08494)",
  positional = { "groups" },
  keys = {
    { "groups", "integer", min = 1, required = true, doc = "groups; they divide the channels" },
    eps "groupnorm",
  },
  methods = {
    add = function(self, b, x)
      local shape = b:shape(x)
      if #shape == 0 then
        b:fail("the input has no channels")
      end
      local c = { channels(shape) }
      return b:op("groupnorm", { x, b:param("weight", c, ONE), b:param("bias", c, ZERO) },
        { groups = self.opts.groups, eps = self.opts.eps })
    end,
  },
}

return norm
