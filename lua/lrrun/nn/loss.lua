--- Losses: means over the batch (mse, l1, huber, bce: over all elements).
--
-- A loss adds one operator with two inputs: what the network gives and the target.

local layer = require "lrrun.nn.layer"
local options = require "lrrun.util.options"

local loss = {}


local function define(name, desc)
  desc.name = "nn." .. name
  desc.methods = desc.methods or {}
  desc.methods.build = function(self, shape, opts)
    return require("lrrun.nn.loss_alone").build(self, shape, opts)
  end
  loss[name] = options.constructor(desc)
end

define("cross_entropy", {
  doc = "-log softmax(x)[class]; takes logits and 0-based classes, or a share for each class.",
  source = "label smoothing: Szegedy et al., CVPR 2016 (arXiv 1512.00567), section 7",
  positional = {},
  keys = {
    layer.ranged({ "label_smoothing", "number", default = 0, schedule = true,
      doc = "share of the target spread over all classes" }, "cross_entropy"),
  },
  methods = {
    classifies = true,
    target = function(_, shape)
      return "i32", {}, shape[#shape]
    end,
    add = function(self, b, x, target)
      return b:op("cross_entropy", { x, target }, { label_smoothing = self.opts.label_smoothing })
    end,
  },
})

define("bce", {
  doc = "Binary cross-entropy; takes logits and targets from 0 to 1.",
  keys = {},
  methods = {
    classifies = true,
    target = function(_, shape)
      return "real", shape
    end,
    add = function(_, b, x, target)
      return b:op("bce", { x, target })
    end,
  },
})

local function regression(name, doc, source, key)
  define(name, {
    doc = doc,
    source = source,
    positional = key and { key[1] } or {},
    keys = { key },
    methods = {
      target = function(_, shape)
        return "real", shape
      end,
      add = function(self, b, x, target)
        return b:op(name, { x, target }, key and { [key[1]] = self.opts[key[1]] } or nil)
      end,
    },
  })
end

regression("mse", "Mean of (x - target)^2.")
regression("l1", "Mean of |x - target|.")
regression("huber", "Quadratic within delta of the target, linear outside.",
  "Huber, Annals of Mathematical Statistics 35, 1964; PyTorch's HuberLoss",
  layer.ranged({ "delta", "number", default = 1, doc = "where it turns linear" }, "huber"))

return loss
