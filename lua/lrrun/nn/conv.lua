--- Convolutions: nn.conv2d over images, nn.conv1d over steps.

local counted = require "lrrun.util.counted"
local init = require "lrrun.nn.initializers"
local layer = require "lrrun.nn.layer"

local conv = {}

--- Keys of both, in the order that help shows; `sizes` is the type of one size per axis, words
--- what padding may be besides a number, words_doc what the others than 'same' are.
local function keys(sizes, of, axes, words, words_doc)
  return {
    { "channels", "integer", min = 1, required = true, doc = "number of outputs" },
    { "kernel", sizes, of = of, min = 1, required = true, doc = "size of the window" .. axes },
    { "stride", sizes, of = of, min = 1, default = 1, doc = "steps between windows" .. axes },
    { "padding", { "string", table.unpack(sizes) }, of = of, min = 0, choices = words,
      default = 0, doc = "zeros on both sides" .. axes .. "; 'same': size / stride comes out"
        .. words_doc },
    { "dilation", sizes, of = of, min = 1, default = 1, doc = "gaps between taps" .. axes },
    { "groups", "integer", min = 1, default = 1, doc = "blocks of channels kept apart" },
    { "bias", "boolean", default = true, doc = "whether b is there" },
    init.RULE,
  }
end

--- Value of one axis (1: height, 2: width) of an option that is a number or a pair.
local function axis(value, i)
  return type(value) == "table" and value[i] or value
end

local function check_pairs(o, fail)
  for _, key in ipairs { "kernel", "stride", "padding", "dilation" } do
    if type(o[key]) == "table" and #o[key] ~= 2 then
      fail(key, "has %s, want a number or { height, width }", counted(#o[key], "item"))
    end
  end
end

--- Zeros before and after one axis of this size. "same" gives ceil(size / stride) outputs,
-- with the odd zero after (as PyTorch and TensorFlow place it); "causal" as many, with all
-- zeros before.
local function padding(value, size, kernel, stride, dilation)
  if value == "causal" then
    return dilation * (kernel - 1), 0
  elseif value ~= "same" then
    return value, value
  end
  local outputs = (size + stride - 1) // stride
  local total = math.max((outputs - 1) * stride + dilation * (kernel - 1) + 1 - size, 0)
  return total // 2, total - total // 2
end

--- Weight and bias for `channels` inputs and a kernel of these sizes; the op's inputs.
local function parameters(o, b, x, channels, kernel)
  if channels % o.groups ~= 0 or o.channels % o.groups ~= 0 then
    b:fail("groups is %d, want a divisor of the %d input and %d output channels", o.groups,
      channels, o.channels)
  end
  local area = 1
  for _, k in ipairs(kernel) do
    area = area * k
  end
  local fan_in = channels // o.groups * area
  local weight = b:param("weight", { o.channels, channels // o.groups, table.unpack(kernel) },
    init.weights(o.init, fan_in, o.channels * area))
  local ids = { b:readout(x, weight), weight }
  if o.bias then
    ids[3] = b:param("bias", { o.channels }, init.bias(o.init, fan_in))
  end
  return ids
end

conv.conv2d = layer.constructor {
  name = "nn.conv2d",
  doc = "Convolution over images (channels, h, w).",
  source = "LeCun et al., Proceedings of the IEEE 86, 1998; fast 3x3: Lavin and Gray, CVPR 2016",
  positional = { "channels", "kernel" },
  keys = keys({ "integer", "list" }, "integer", ", or { height, width }", { "same" }, ""),
  check = check_pairs,
  methods = {
    add = function(self, b, x)
      local o = self.opts
      local shape, seq = b:shape(x)
      if #shape ~= 3 or seq then
        layer.no_image(b, x)
      end
      local kh, kw = axis(o.kernel, 1), axis(o.kernel, 2)
      local sh, sw = axis(o.stride, 1), axis(o.stride, 2)
      local dh, dw = axis(o.dilation, 1), axis(o.dilation, 2)
      local top, bottom = padding(axis(o.padding, 1), shape[2], kh, sh, dh)
      local left, right = padding(axis(o.padding, 2), shape[3], kw, sw, dw)
      return b:op("conv2d", parameters(o, b, x, shape[1], { kh, kw }), {
        stride_h = sh, stride_w = sw, dilation_h = dh, dilation_w = dw, groups = o.groups,
        pad_top = top, pad_bottom = bottom, pad_left = left, pad_right = right,
      })
    end,
  },
}

conv.conv1d = layer.constructor {
  name = "nn.conv1d",
  doc = "Convolution over steps (t, channels). Of sequences of varying length, padding = "
    .. "'same' or 'causal' with stride 1 keeps the lengths; else all count as filled up with "
    .. "zeros.",
  source = "Waibel et al., IEEE Transactions on Acoustics, Speech, and Signal Processing 37, 1989",
  positional = { "channels", "kernel" },
  keys = keys({ "integer" }, nil, "", { "same", "causal" }, "; 'causal': likewise, all zeros in "
    .. "front, so that no step sees one behind it (van den Oord et al., arXiv 1609.03499)"),
  methods = {
    add = function(self, b, x)
      local o = self.opts
      local shape = b:shape(x)
      if #shape ~= 2 then
        b:fail("the input is (%s), want steps (t, channels)%s", table.concat(shape, ", "),
          #shape == 1 and ": " .. require("lrrun.nn.lost").steps(b, x) or "")
      end
      local left, right = padding(o.padding, shape[1], o.kernel, o.stride, o.dilation)
      return b:op("conv1d", parameters(o, b, x, shape[2], { o.kernel }), {
        stride = o.stride, dilation = o.dilation, groups = o.groups,
        pad_left = left, pad_right = right,
      })
    end,
  },
}

return conv
