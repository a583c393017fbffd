--- Layers made of layers: nn.sequential, nn.residual, nn.concat.

local layer = require "lrrun.nn.layer"

local container = {}

local function text(shape)
  return "(" .. table.concat(shape, ", ") .. ")"
end

local function run(layers, b, x)
  for i, item in ipairs(layers) do
    x = b:layer(item, x, i)
  end
  return x
end

container.sequential = layer.constructor {
  name = "nn.sequential",
  doc = "One layer after another. A layer that stands in two places is two layers, each with "
    .. "weights of its own.",
  rest = "layers",
  keys = { layer.list_rule("layers", "the layers, in order") },
  check = function(o, fail)
    layer.check_list(o.layers, "layers", fail)
  end,
  methods = {
    transparent = true, -- adds no word to the names of what is inside
    add = function(self, b, x)
      return (run(self.opts.layers, b, x))
    end,
  },
}

container.residual = layer.constructor {
  name = "nn.residual",
  doc = "y = f(x) + x, f being the layers inside, or f(x) + shortcut(x).",
  source = "He et al., CVPR 2016 (arXiv 1512.03385)",
  rest = "layers",
  keys = {
    layer.list_rule("layers", "f, in order"),
    { "shortcut", "value", kinds = { "nn." },
      doc = "layer in the place of x, where shapes differ" },
  },
  check = function(o, fail)
    layer.check_list(o.layers, "layers", fail)
    layer.check_list({ o.shortcut }, "shortcut", fail)
  end,
  methods = {
    add = function(self, b, x)
      local y = run(self.opts.layers, b, x)
      local side = x
      if self.opts.shortcut then
        side = b:layer(self.opts.shortcut, x, "shortcut")
      end
      local from, to = text(b:shape(side)), text(b:shape(y))
      if from ~= to then
        b:fail("x is %s and f(x) is %s: give a shortcut that makes them alike, as in "
          .. "shortcut = %s", from, to, #b:shape(y) == 3
            and "nn.conv2d{64, kernel=1, stride=2}" or "nn.linear(64)")
      end
      return b:op("add", { y, side })
    end,
  },
}

container.concat = layer.constructor {
  name = "nn.concat",
  doc = "Gives x to each layer inside and puts their outputs side by side: channels of "
    .. "images, the last axis elsewhere.",
  rest = "layers",
  keys = { layer.list_rule("layers", "the branches") },
  check = function(o, fail)
    layer.check_list(o.layers, "layers", fail)
    if #o.layers < 1 then
      fail("layers", "is empty, want at least one branch")
    end
  end,
  methods = {
    add = function(self, b, x)
      local ids = {}
      for i, item in ipairs(self.opts.layers) do
        ids[i] = b:layer(item, x, i)
      end
      return b:op("concat", ids)
    end,
  },
}

return container
