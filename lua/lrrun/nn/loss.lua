--- Losses: means over the batch (mse, l1, huber, bce: over all elements).
--
-- A loss adds one operator with two inputs: what the network gives and the target. What
-- hangs on the kind of loss is a method of it:
--   target(self, shape)    dtype and shape of the target for an output of `shape`
--   add(self, b, x, y)     the operator
--   check(self, dataset, shape, seq)  "loss" or "model", whose fault it is, and what does not
--                          fit; nothing where a network with this output, a sequence or not,
--                          can learn these data
--   rows(self, dataset)    what a row of outputs is to collectors of metrics: "classes", "binary"
--                          or "numbers" (train/collect.h), how many numbers it has, and of
--                          numbers the units that they are in (nil: the data's own)
--   answers(self, dataset, output, n)   what the outputs of n samples say, for predict
--   differs(self)          in words what it does in training alone, not where it measures; nil:
--                          nothing (no method: the same)
--   weighs(self)           whether classes count differently in it (no method: they do not)
--   resolve(self, dataset) the loss for these data: what hangs on them as numbers (no method: as
--                          it is)
-- and `of`, "classes" or "numbers", what its targets are; `probabilities`, the operator that
-- makes probabilities of an output before it is answered (nil: none); `scales` where it learns
-- numbers of any size, by the data set's target_means and target_deviations. Which sums it
-- counts (right answers) its operator says.
-- Layer: nn.

local class_targets = require "lrrun.nn.class_targets"
local errors = require "lrrun.util.errors"
local layer = require "lrrun.nn.layer"
local number_targets = require "lrrun.nn.number_targets"
local options = require "lrrun.util.options"
local per_step = require "lrrun.nn.per_step"
local weights = require "lrrun.nn.weights"

local loss = {}

local TARGETS = { classes = class_targets, numbers = number_targets }
local kinds = { classes = {}, numbers = {} } -- names of losses by what their targets are

-- "nn.mse, nn.l1 or nn.huber"
local function choice(names)
  local last = names[#names]
  return #names == 1 and last
    or table.concat(names, ", ", 1, #names - 1) .. " or " .. last
end

local OTHER = { classes = "numbers", numbers = "classes" }

local function check(self, dataset, shape, seq)
  local whose, what = TARGETS[self.of].check(dataset, shape, choice(kinds[OTHER[self.of]]),
    self.scales)
  if whose ~= "loss" and dataset.per_step then
    return per_step.check(self.of == "classes", dataset, shape, seq)
  end
  return whose, what
end

-- A method `resolve`: the key as what `of` makes of it and the data.
local function resolves(key, of)
  return function(self, dataset)
    local numbers = of(self, key, dataset)
    return numbers and options.with(self, { [key] = numbers }) or self
  end
end

local function define(name, desc)
  desc.name = "nn." .. name
  desc.methods.check = check
  desc.methods.build = function(self, shape, opts)
    return (require("lrrun.nn.loss_alone").build(self, shape, opts)) -- no tail call: its name stays
  end
  table.insert(kinds[desc.methods.of], desc.name)
  loss[name] = options.constructor(desc)
end

-- Methods that several losses have.

local function number_target(_, shape)
  return "real", shape
end

local function binary_rows(_, dataset)
  return "binary", dataset.targets or 1
end

local function class_rows(_, dataset)
  return "classes", dataset.classes
end

local function probabilities_of(_, _, output, n)
  return number_targets.answers("probabilities", output, n)
end

local function classes_of(_, dataset, output, n)
  return class_targets.answers(dataset, output, n)
end

local function class_target(_, shape) -- a class for each row of logits
  return "i32", table.move(shape, 1, #shape - 1, 1, {})
end

define("cross_entropy", {
  doc = "-log softmax(x)[class]; takes logits and 0-based classes, or a share for each class; "
    .. "of (t, classes) logits at each step a class for each.",
  source = "label smoothing: Szegedy et al., CVPR 2016 (arXiv 1512.00567), section 7; weights: "
    .. "PyTorch's CrossEntropyLoss, \"balanced\" as in scikit-learn",
  positional = {},
  keys = {
    layer.ranged({ "label_smoothing", "number", default = 0, schedule = true,
      doc = "share of the target spread over all classes, in training: val_loss and eval measure "
        .. "without it" }, "cross_entropy"),
    weights.CLASSES,
  },
  check = function(o, fail)
    weights.check("class_weights", o.class_weights, fail)
  end,
  methods = {
    resolve = resolves("class_weights", weights.of_classes),
    of = "classes",
    probabilities = "softmax",
    target = class_target,
    add = function(self, b, x, target)
      return b:op("cross_entropy", { x, target }, { label_smoothing = self.opts.label_smoothing,
        class_weights = weights.numbers(self, "class_weights") })
    end,
    rows = class_rows,
    weighs = function(self)
      return self.opts.class_weights ~= nil
    end,
    differs = function(self)
      return self.opts.label_smoothing ~= 0
        and "label smoothing in train_loss alone, not in val_loss" or nil
    end,
    answers = classes_of,
  },
})

local function regression(name, doc, source, key)
  define(name, {
    doc = doc,
    source = source,
    positional = key and { key[1] } or {},
    keys = { key },
    methods = {
      of = "numbers",
      scales = true,
      rows = function(_, dataset)
        return "numbers", dataset.targets or 1, dataset.target_deviations
      end,
      answers = function(_, dataset, output, n)
        return number_targets.answers("values", output, n, dataset)
      end,
      target = number_target,
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
  layer.ranged({ "delta", "number", default = 1,
    doc = "where it turns linear; in deviations where targets are scaled" }, "huber"))

define("bce", {
  doc = "Binary cross-entropy; takes logits and targets from 0 to 1.",
  source = "pos_weight: PyTorch's BCEWithLogitsLoss",
  keys = { weights.OUTPUTS },
  check = function(o, fail)
    weights.check("pos_weight", o.pos_weight, fail)
  end,
  methods = {
    resolve = resolves("pos_weight", weights.of_outputs),
    of = "numbers",
    probabilities = "sigmoid",
    target = number_target,
    add = function(self, b, x, target)
      return b:op("bce", { x, target }, { pos_weight = weights.numbers(self, "pos_weight") })
    end,
    rows = binary_rows,
    answers = probabilities_of,
  },
})

local FOCAL = "Lin, Goyal, Girshick, He, Dollar, ICCV 2017 (arXiv 1708.02002), equation 5"
local GAMMA = layer.ranged({ "gamma", "number", default = 2, schedule = true,
  doc = "how much less counts what is met well; 0: cross-entropy" }, "focal")

define("focal", {
  doc = "-alpha (1 - p)^gamma log p of the class's p of softmax(x): cross-entropy that looks at "
    .. "what is not met yet. Mean over the targets; nn.sigmoid_focal is its form for targets of 0 "
    .. "and 1.",
  source = FOCAL .. "; of several classes with softmax",
  positional = {},
  keys = {
    GAMMA,
    { "alpha", { "number", "string", "table" }, min = 0, max = 1, choices = { "balanced" },
      doc = "factor of each class: { name = factor }, a list, \"balanced\" as class_weights of "
        .. "nn.cross_entropy, or of two classes the second's, where the first has 1 - alpha; "
        .. "default: all count 1" },
  },
  check = function(o, fail)
    weights.check("alpha", o.alpha, fail, true)
  end,
  methods = {
    of = "classes",
    probabilities = "softmax",
    resolve = function(self, dataset)
      local alpha = self.opts.alpha
      if type(alpha) == "number" and dataset.classes and dataset.classes ~= 2 then
        errors.raise(self.where, "nn.focal: 'alpha' is one number, and %s has %d classes; want one "
          .. "for each", dataset.kind, dataset.classes)
      elseif type(alpha) == "number" then
        return self
      end
      return resolves("alpha", weights.of_classes)(self, dataset)
    end,
    target = class_target,
    add = function(self, b, x, target)
      local alpha = self.opts.alpha
      return b:op("focal", { x, target }, { gamma = self.opts.gamma,
        alpha = type(alpha) == "number" and { 1 - alpha, alpha }
          or weights.numbers(self, "alpha") })
    end,
    weighs = function()
      return true -- what is rare is met badly
    end,
    rows = class_rows,
    answers = classes_of,
  },
})

define("sigmoid_focal", {
  doc = "Focal loss of logits and targets from 0 to 1: nn.bce times alpha (1 - p)^gamma, with 1 - "
    .. "alpha for 0. Mean over elements.",
  source = FOCAL .. "; as torchvision's sigmoid_focal_loss",
  positional = {},
  keys = {
    GAMMA,
    { "alpha", "number", min = 0, max = 1, default = 0.25,
      doc = "what a target of 1 counts, where one of 0 counts 1 - alpha" },
  },
  methods = {
    of = "numbers",
    probabilities = "sigmoid",
    target = number_target,
    add = function(self, b, x, target)
      return b:op("focal", { x, target }, { gamma = self.opts.gamma, alpha = { self.opts.alpha },
        sigmoid = true })
    end,
    rows = binary_rows,
    answers = probabilities_of,
  },
})

return loss
