--- Pooling: nn.maxpool2d, nn.avgpool2d over windows, nn.global_avgpool, nn.global_maxpool
--- over all of an image or sequence.

local counted = require "lrrun.util.counted"
local layer = require "lrrun.nn.layer"

local pool = {}

local SIZES = { "integer", "list" }

local function axis(value, i)
  return type(value) == "table" and value[i] or value
end

local function check_pairs(o, fail)
  for _, key in ipairs { "kernel", "stride", "padding" } do
    if type(o[key]) == "table" and #o[key] ~= 2 then
      fail(key, "has %s, want a number or { height, width }", counted(#o[key], "item"))
    end
  end
  for i = 1, 2 do
    if axis(o.padding, i) > axis(o.kernel, i) // 2 then
      fail("padding", "is %d, want at most half the kernel (%d)", axis(o.padding, i),
        axis(o.kernel, i) // 2)
    end
  end
end

local function window(name, op, doc)
  return layer.constructor {
    name = name,
    doc = doc,
    positional = { "kernel" },
    keys = {
      { "kernel", SIZES, of = "integer", min = 1, required = true,
        doc = "size of the window, or { height, width }" },
      { "stride", SIZES, of = "integer", min = 1,
        doc = "steps between windows, or { height, width }; the kernel without one" },
      { "padding", SIZES, of = "integer", min = 0, default = 0,
        doc = "on both sides, or { height, width }; at most half the kernel" },
    },
    check = check_pairs,
    methods = {
      add = function(self, b, x)
        local o = self.opts
        local shape, seq = b:shape(x)
        if #shape ~= 3 or seq then
          layer.no_image(b, x)
        end
        local stride = o.stride or o.kernel
        return b:op(op, { x }, {
          kernel_h = axis(o.kernel, 1), kernel_w = axis(o.kernel, 2),
          stride_h = axis(stride, 1), stride_w = axis(stride, 2),
          pad_h = axis(o.padding, 1), pad_w = axis(o.padding, 2),
        })
      end,
    },
  }
end

pool.maxpool2d = window("nn.maxpool2d", "maxpool2d",
  "The largest value under each window of an image (channels, h, w).")
pool.avgpool2d = window("nn.avgpool2d", "avgpool2d",
  "The mean of each window of an image (channels, h, w), padding counted as zeros.")

local function global(name, op, doc)
  return layer.constructor {
    name = name,
    doc = doc,
    keys = {},
    methods = {
      add = function(_, b, x)
        return b:op(op, { x })
      end,
    },
  }
end

pool.global_avgpool = global("nn.global_avgpool", "global_avgpool",
  "The mean of each channel of an image (channels, h, w), or over the steps of (t, channels).")
pool.global_maxpool = global("nn.global_maxpool", "global_maxpool",
  "The largest of each channel of an image (channels, h, w), or over the steps of (t, channels).")

return pool
