--- SAM and ASAM: src/optim/sam.c. Another optimizer's update with a gradient from nearby.

local bind = require "lrrun.optim.bind"
local mup = require "lrrun.optim.mup"
local native = require "lrrun.native.optim"
local options = require "lrrun.util.options"
local ranges = require "lrrun.util.ranges"
local rate_words = require "lrrun.util.rate_words"

local HYPERS = native.hypers()

local LR = ranges.rule(HYPERS.lr, { "lr", { "number", "string" }, choices = rate_words.list,
  schedule = true, doc = "rate, in the place of base's" })

local RHO = { ranges.rule(HYPERS.radius, { "rho", "number", default = 0.05, schedule = true,
  doc = "how far away the second gradient is taken; with `adaptive` ten times as much and more" }),
  "radius" }

-- What is asked of any optimizer's options is base's.
local SHARED = { "weight_decay", "groups", "decay" }

local function check(o, fail)
  if o.base.kind == "optim.sam" or options.descriptor(o.base).searches then
    fail("base", "is %s, want an optimizer that takes one gradient for an update", o.base.kind)
  end
  if o.lr ~= nil then
    o.base = options.with(o.base, { lr = o.lr })
  end
  o.lr = o.base.opts.lr
  for _, key in ipairs(SHARED) do
    o[key] = o.base.opts[key]
  end
end

local function config(self, names, shapes, by_name, model)
  local out, schedules = self.opts.base:config(names, shapes, by_name, model)
  local rho = self.opts.rho
  local is_schedule = options.is_value(rho, "schedule.")
  for g, row in ipairs(out.groups) do
    row.radius = is_schedule and 0 or rho
    if is_schedule then
      table.insert(schedules, { group = g, name = "radius", schedule = rho })
    end
  end
  out.around, out.adaptive = "sam", self.opts.adaptive
  return out, schedules
end

return options.constructor {
  name = "optim.sam",
  doc = "Makes base's update with the gradient at the worst weights nearby, which finds flatter "
    .. "minima. An update costs two gradients, of the same samples with the same values dropped; "
    .. "loss, metrics, grad_norm and running statistics are those at the weights themselves. "
    .. "Limits of clipping act on the second gradient, weight decay is base's. With accumulate it "
    .. "goes away once for all batches of an update. What it needs tuned: rho, and base's rate.",
  source = "Foret et al., ICLR 2021; adaptive: Kwon et al., ICML 2021",
  keys = {
    { "base", "value", kinds = { "optim." }, required = true,
      doc = "the optimizer whose update it is, with its rate and groups" },
    RHO[1],
    { "adaptive", "boolean", default = false,
      doc = "distances in units of each weight's size (ASAM), with rho of 0.5 to 2" },
    LR,
  },
  check = check,
  methods = {
    maker = function(self)
      return self.opts.base
    end,
    config = config,
    entries = function(self)
      return table.move({ RHO }, 1, 1, #self.opts.base:entries() + 1,
        { table.unpack(self.opts.base:entries()) })
    end,
    moments = function(self)
      return bind.moments(self)
    end,
    width_factors = function(self, model)
      return mup.factors(self, {}, model) -- how rho goes with width is not known
    end,
    bind = function(self, target, by_name)
      return bind.bind(self, self:entries(), target, by_name)
    end,
  },
}
