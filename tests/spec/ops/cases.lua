-- One row or more for each operator: how to build it for the gradient check.
--
-- build(b) makes leaves with b and returns the operator's node:
--   b:x(shape [, { seq=, lo=, hi= }])   an input whose gradient is checked
--   b:data(shape [, { seq=, lo=, hi= }])  real data without a gradient (targets)
--   b:ids(shape, count [, seq])         whole numbers 0..count-1
--   b:param(shape [, { lo=, hi= }])     a parameter whose gradient is checked
--   b:buffer(shape, fill)
--   b:op(name, inputs, attrs)
-- Values are distinct, spread over lo..hi (-2..2) and never closer than 1/100 of that to
-- 0, so that kinks and ties lie away from them.
-- Fields: op, name (beside op, for several rows), n (samples, 3), len (lengths of
-- sequences), train (true), redrawn (true: another batch of the step drops other values),
-- alone (true: not inside a larger network), seq (the output is one), same_loss (false: the
-- loss is not what backward differentiates, said in why).

local function plain(op, attrs)
  return {
    op = op,
    build = function(b)
      return b:op(op, { b:x { 3, 4 } }, attrs)
    end,
  }
end

local function batchnorm(name, shape, channels, row)
  row.op, row.name = "batchnorm", name
  row.build = function(b)
    return b:op("batchnorm", {
      b:x(shape, { seq = row.len ~= nil }),
      b:param { channels },
      b:param { channels },
      b:buffer({ channels }, 0.3),
      b:buffer({ channels }, 1.7),
    }, { momentum = 0.1, eps = 1e-5, hold = row.hold, alone = row.alone })
  end
  return row
end

local function groupnorm(name, shape, groups)
  return {
    op = "groupnorm",
    name = name,
    build = function(b)
      return b:op("groupnorm", { b:x(shape), b:param { shape[1] }, b:param { shape[1] } }, {
        groups = groups,
        eps = 1e-5,
      })
    end,
  }
end

local function loss(op, attrs, target)
  return {
    op = op,
    build = function(b)
      return b:op(op, { b:x { 4 }, b:data({ 4 }, target) }, attrs)
    end,
  }
end

-- Two targets at each step of sequences.
local function loss_at_steps(op, attrs, target)
  local range = target or {}
  return {
    op = op,
    name = "two at each step",
    len = { 4, 1, 3 },
    build = function(b)
      return b:op(op, { b:x({ 4, 2 }, { seq = true }),
        b:data({ 4, 2 }, { seq = true, lo = range.lo, hi = range.hi }) }, attrs)
    end,
  }
end

local function recurrent(op, gates, name, attrs, bias)
  return {
    op = op,
    name = name,
    n = 3,
    len = { 4, 1, 3 },
    seq = attrs.sequences,
    build = function(b)
      local h, weight = 3, { lo = -0.6, hi = 0.6 }
      local inputs = {
        b:x({ 4, 2 }, { seq = true }),
        b:param({ gates * h, 2 }, weight),
        b:param({ gates * h, h }, weight),
      }
      if bias then
        inputs[4], inputs[5] = b:param({ gates * h }, weight), b:param({ gates * h }, weight)
      end
      return b:op(op, inputs, attrs)
    end,
  }
end

local function conv2d(name, shape, out, kernel, o)
  return {
    op = "conv2d",
    name = name,
    n = 2,
    build = function(b)
      local groups = o.groups or 1
      return b:op("conv2d", {
        b:x(shape),
        b:param { out, shape[1] // groups, kernel, kernel },
        b:param { out },
      }, {
        stride_h = o.stride or 1, stride_w = o.stride or 1,
        pad_top = o.pad or 0, pad_left = o.pad or 0,
        pad_bottom = o.pad or 0, pad_right = o.pad or 0,
        dilation_h = o.dilation or 1, dilation_w = o.dilation or 1,
        groups = groups,
      })
    end,
  }
end

local function conv1d(name, o)
  return {
    op = "conv1d",
    name = name,
    len = o.len,
    seq = o.seq,
    build = function(b)
      local groups = o.groups or 1
      local x = b:x({ 6, 4 }, { seq = o.len ~= nil })
      return b:op("conv1d", { x, b:param { 4, 4 // groups, 3 }, b:param { 4 } }, {
        stride = o.stride or 1, pad_left = o.left or 1, pad_right = o.right or 1,
        dilation = o.dilation or 1, groups = groups,
      })
    end,
  }
end

local function pool(op, name, o)
  return {
    op = op,
    name = name,
    n = 2,
    build = function(b)
      return b:op(op, { b:x { 3, 7, 6 } }, {
        kernel_h = o.kernel, kernel_w = o.kernel, stride_h = o.stride, stride_w = o.stride,
        pad_h = o.pad, pad_w = o.pad,
      })
    end,
  }
end

local function global_pool(op, name, shape, len)
  return {
    op = op,
    name = name,
    len = len,
    build = function(b)
      return b:op(op, { b:x(shape, { seq = len ~= nil }) })
    end,
  }
end

local cases = {
  {
    op = "linear",
    build = function(b)
      return b:op("linear", { b:x { 5 }, b:param { 7, 5 }, b:param { 7 } })
    end,
  },
  {
    op = "linear",
    name = "without bias, one unit",
    build = function(b)
      return b:op("linear", { b:x { 2, 5 }, b:param { 1, 5 } })
    end,
  },
  {
    op = "linear",
    name = "each step of a sequence",
    len = { 4, 2, 1 },
    seq = true,
    build = function(b)
      return b:op("linear", { b:x({ 4, 5 }, { seq = true }), b:param { 3, 5 }, b:param { 3 } })
    end,
  },
  plain "relu",
  plain("leaky_relu", { slope = 0.1 }),
  plain("elu", { alpha = 1.3 }),
  plain "selu",
  plain "gelu",
  plain "silu",
  plain "tanh",
  plain "sigmoid",
  plain "softplus",
  plain "softmax",
  {
    op = "cross_entropy",
    build = function(b)
      return b:op("cross_entropy", { b:x { 5 }, b:ids({}, 5) })
    end,
  },
  {
    op = "cross_entropy",
    name = "smoothed, many classes",
    build = function(b)
      return b:op("cross_entropy", { b:x { 37 }, b:ids({}, 37) }, { label_smoothing = 0.1 })
    end,
  },
  {
    op = "cross_entropy",
    name = "shares of classes",
    build = function(b)
      local shares = b:data({ 5 }, { lo = 0, hi = 0.6 })
      return b:op("cross_entropy", { b:x { 5 }, shares }, { label_smoothing = 0.2 })
    end,
  },
  {
    op = "cross_entropy",
    name = "a class at each step",
    len = { 4, 1, 3 },
    build = function(b)
      return b:op("cross_entropy", { b:x({ 4, 5 }, { seq = true }), b:ids({ 4 }, 5, true) },
        { label_smoothing = 0.1 })
    end,
  },
  {
    op = "cross_entropy",
    name = "shares of classes at each step",
    len = { 2, 4, 1 },
    build = function(b)
      local shares = b:data({ 4, 5 }, { lo = 0, hi = 0.6, seq = true })
      return b:op("cross_entropy", { b:x({ 4, 5 }, { seq = true }), shares })
    end,
  },
  {
    op = "cross_entropy",
    name = "a class at each of as many steps",
    build = function(b)
      return b:op("cross_entropy", { b:x { 3, 4 }, b:ids({ 3 }, 4) })
    end,
  },
  {
    op = "cross_entropy",
    name = "weighted classes",
    build = function(b)
      return b:op("cross_entropy", { b:x { 3 }, b:ids({}, 3) }, { class_weights = { 0.3, 2, 1.1 } })
    end,
  },
  {
    op = "cross_entropy",
    name = "weighted and smoothed, at each step",
    len = { 4, 1, 3 },
    build = function(b)
      return b:op("cross_entropy", { b:x({ 4, 3 }, { seq = true }), b:ids({ 4 }, 3, true) },
        { label_smoothing = 0.1, class_weights = { 0.3, 2, 1.1 } })
    end,
  },
  {
    op = "cross_entropy",
    name = "weighted shares of classes",
    build = function(b)
      local shares = b:data({ 3 }, { lo = 0, hi = 0.6 })
      return b:op("cross_entropy", { b:x { 3 }, shares }, { class_weights = { 0.3, 2, 1.1 } })
    end,
  },
  {
    op = "focal",
    build = function(b)
      return b:op("focal", { b:x { 5 }, b:ids({}, 5) }, { gamma = 2 })
    end,
  },
  {
    op = "focal",
    name = "with alpha, at each step",
    len = { 4, 1, 3 },
    build = function(b)
      return b:op("focal", { b:x({ 4, 3 }, { seq = true }), b:ids({ 4 }, 3, true) },
        { gamma = 0.5, alpha = { 0.3, 2, 1.1 } })
    end,
  },
  {
    op = "focal",
    name = "of logits",
    build = function(b)
      return b:op("focal", { b:x { 4 }, b:data({ 4 }, { lo = 0, hi = 1 }) },
        { gamma = 2, alpha = { 0.25 }, sigmoid = true })
    end,
  },
  {
    op = "focal",
    name = "of logits at each step",
    len = { 4, 1, 3 },
    build = function(b)
      return b:op("focal", { b:x({ 4, 2 }, { seq = true }),
        b:data({ 4, 2 }, { lo = 0, hi = 1, seq = true }) }, { gamma = 1.5, sigmoid = true })
    end,
  },
  loss_at_steps("mse"),
  loss_at_steps("l1", nil, { lo = -1.93, hi = 2.11 }),
  loss_at_steps("huber", { delta = 0.7 }, { lo = -1.93, hi = 2.11 }),
  loss_at_steps("bce", nil, { lo = 0, hi = 1 }),
  {
    op = "bce",
    name = "classes at each step",
    len = { 4, 1, 3 },
    build = function(b)
      return b:op("bce", { b:x({ 4, 1 }, { seq = true }), b:ids({ 4 }, 2, true) })
    end,
  },
  loss "mse",
  loss("l1", nil, { lo = -1.93, hi = 2.11 }),
  loss("huber", { delta = 0.7 }, { lo = -1.93, hi = 2.11 }),
  loss("bce", nil, { lo = 0, hi = 1 }),
  {
    op = "bce",
    name = "weighted outputs",
    build = function(b)
      return b:op("bce", { b:x { 4 }, b:data({ 4 }, { lo = 0, hi = 1 }) },
        { pos_weight = { 3, 0.2, 1, 7 } })
    end,
  },
  {
    op = "bce",
    name = "one weight, at each step",
    len = { 4, 1, 3 },
    build = function(b)
      return b:op("bce", { b:x({ 4, 2 }, { seq = true }),
        b:data({ 4, 2 }, { lo = 0, hi = 1, seq = true }) }, { pos_weight = { 5 } })
    end,
  },
  {
    op = "bce",
    name = "classes",
    build = function(b)
      return b:op("bce", { b:x { 1 }, b:ids({}, 2) })
    end,
  },
  plain "flatten",
  plain("reshape", { d1 = 2, d2 = 3, d3 = 2 }),
  plain("scale", { factor = -1.7 }),
  {
    op = "add",
    build = function(b)
      return b:op("add", { b:x { 2, 3 }, b:x { 2, 3 } })
    end,
  },
  {
    op = "add",
    name = "to itself",
    build = function(b)
      local x = b:x { 3 }
      return b:op("add", { x, x })
    end,
  },
  {
    op = "mul",
    build = function(b)
      return b:op("mul", { b:x { 2, 3 }, b:x { 2, 3 } })
    end,
  },
  {
    op = "concat",
    build = function(b)
      return b:op("concat", { b:x { 2 }, b:x { 3 }, b:x { 1 } })
    end,
  },
  {
    op = "concat",
    name = "channels",
    build = function(b)
      return b:op("concat", { b:x { 2, 3, 2 }, b:x { 1, 3, 2 } })
    end,
  },
  {
    op = "concat",
    name = "features of sequences",
    len = { 3, 1, 2 },
    seq = true,
    build = function(b)
      return b:op("concat", { b:x({ 3, 2 }, { seq = true }), b:x({ 3, 1 }, { seq = true }) })
    end,
  },
  plain("dropout", { rate = 0.4 }),
  {
    op = "dropout",
    name = "spatial",
    build = function(b)
      return b:op("dropout", { b:x { 6, 2, 2 } }, { rate = 0.5, spatial = true })
    end,
  },
  {
    op = "dropout",
    name = "spatial, sequences",
    len = { 3, 1, 2 },
    seq = true,
    build = function(b)
      local x = b:x({ 3, 5 }, { seq = true })
      return b:op("dropout", { x }, { rate = 0.5, spatial = true })
    end,
  },
  batchnorm("features", { 5 }, 5, { n = 6 }),
  batchnorm("features, running statistics", { 5 }, 5, { train = false }),
  batchnorm("channels", { 3, 4, 5 }, 3, {}),
  batchnorm("channels, running statistics", { 3, 4, 5 }, 3, { train = false }),
  batchnorm("features, alone", { 5 }, 5, { n = 6, alone = true }),
  batchnorm("channels, alone", { 3, 4, 5 }, 3, { alone = true }),
  batchnorm("features, held", { 5 }, 5, { n = 6, hold = 1 }),
  batchnorm("channels, held", { 3, 4, 5 }, 3, { hold = 1 }),
  batchnorm("valid steps", { 4, 3 }, 3, { len = { 4, 2, 1 }, seq = true }),
  {
    op = "layernorm",
    build = function(b)
      return b:op("layernorm", { b:x { 2, 19 }, b:param { 19 }, b:param { 19 } }, { eps = 1e-5 })
    end,
  },
  groupnorm("two groups", { 4, 3, 3 }, 2),
  groupnorm("plain features", { 6 }, 3),
  {
    op = "embedding",
    build = function(b)
      return b:op("embedding", { b:ids({ 4 }, 5), b:param { 5, 3 } })
    end,
  },
  {
    op = "embedding",
    name = "tokens of sequences",
    len = { 4, 1, 3 },
    seq = true,
    build = function(b)
      return b:op("embedding", { b:ids({ 4 }, 5, true), b:param { 5, 3 } })
    end,
  },
  recurrent("rnn", 1, "last step", {}, true),
  recurrent("rnn", 1, "relu", { relu = true, sequences = true }, false),
  recurrent("lstm", 4, "last step", {}, true),
  recurrent("lstm", 4, "reverse sequences", { sequences = true, reverse = true }, true),
  recurrent("gru", 3, "last step", { reverse = true }, true),
  recurrent("gru", 3, "sequences", { sequences = true }, false),
  conv2d("3x3 with padding", { 3, 5, 6 }, 4, 3, { pad = 1 }),
  conv2d("3x3 with many channels", { 16, 5, 4 }, 16, 3, { pad = 1 }),
  conv2d("strided", { 2, 7, 6 }, 3, 3, { stride = 2, pad = 1 }),
  conv2d("strided, over planes", { 2, 15, 17 }, 3, 3, { stride = 2, pad = 1 }),
  conv2d("5x5, over planes", { 2, 8, 8 }, 3, 5, { pad = 2 }),
  conv2d("1x1", { 4, 3, 3 }, 3, 1, {}),
  conv2d("dilated groups", { 4, 7, 7 }, 4, 3, { dilation = 2, groups = 2 }),
  conv2d("by depth", { 4, 5, 5 }, 4, 3, { pad = 1, groups = 4 }),
  conv1d("plain", {}),
  conv1d("strided", { stride = 2, left = 2, right = 0 }),
  conv1d("steps of sequences", { len = { 6, 2, 5 }, seq = true }),
  conv1d("causal steps of sequences", { left = 2, right = 0, len = { 6, 2, 5 }, seq = true }),
  conv1d("dilated groups of sequences",
    { len = { 6, 1, 3 }, seq = true, dilation = 2, left = 4, right = 0, groups = 2 }),
  pool("maxpool2d", "windows apart", { kernel = 2, stride = 2, pad = 0 }),
  pool("maxpool2d", "windows that overlap", { kernel = 3, stride = 2, pad = 1 }),
  pool("avgpool2d", "windows apart", { kernel = 2, stride = 2, pad = 0 }),
  pool("avgpool2d", "windows that overlap", { kernel = 3, stride = 1, pad = 1 }),
  global_pool("global_avgpool", "images", { 3, 4, 5 }),
  global_pool("global_avgpool", "sequences", { 4, 3 }, { 4, 1, 2 }),
  global_pool("global_maxpool", "images", { 3, 4, 5 }),
  global_pool("global_maxpool", "sequences", { 4, 3 }, { 4, 1, 2 }),
}
for _, row in ipairs(require "spec.ops.cases_attention") do
  cases[#cases + 1] = row
end
return cases
