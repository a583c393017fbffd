--- Limits on gradients: `clip = { norm = 5 }`, of a recipe and of an update of one's own.
-- Layer: optim.

local native = require "lrrun.native.optim"
local options = require "lrrun.util.options"
local ranges = require "lrrun.util.ranges"

local LIMITS = native.limits()

local function limit(key, doc)
  return ranges.rule(LIMITS[key], { key, "number", schedule = true, doc = doc })
end

local CLIP = options.constructor {
  name = "clip",
  doc = "Limits on gradients. The norm before clipping is reported as grad_norm.",
  source = "Pascanu et al., ICML 2013; agc: Brock et al., arXiv 2102.06171",
  keys = {
    limit("norm", "of all gradients together"),
    limit("tensor_norm", "of each tensor alone"),
    limit("value", "of each element"),
    limit("agc", "share of the weights' norm, by unit"),
    ranges.rule(LIMITS.agc_eps,
      { "agc_eps", "number", default = 1e-3, doc = "least norm of weights for agc" }),
  },
  check = function(o, fail, given)
    if not (o.norm or o.tensor_norm or o.value or o.agc) then
      fail("norm", "is missing, and so are tensor_norm, value and agc: there is no limit")
    elseif given.agc_eps and not o.agc then
      fail("agc_eps", "acts within agc, which is missing")
    end
  end,
}

--- A table of limits, or a value made from one, as a checked value.
---@param given table
---@return table
return function(given)
  return options.is_value(given, "clip") and given or CLIP(given)
end
