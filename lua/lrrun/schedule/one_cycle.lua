--- Up once, then far down.

local counted = require "lrrun.util.counted"
local form = require "lrrun.schedule.form"

local BELOW_ONE = { min = 0, below = 1 }

return form.new {
  name = "one_cycle",
  doc = "From max / div up to max in the first `warmup` share, then down to "
    .. "max / div / final_div at the last update.",
  source = "Smith and Topin, Super-convergence, 2018; PyTorch OneCycleLR",
  positional = { "max" },
  keys = {
    { "max", "number", min = 0, rate = "peak",
      doc = "highest rate; the optimizer's lr by default" },
    { "warmup", "number", min = 0, max = 1, default = 0.3, doc = "share of the length" },
    { "div", "number", above = 0, default = 25, doc = "max over the first rate" },
    { "final_div", "number", above = 0, default = 1e4, doc = "first rate over the last" },
    { "anneal", "string", choices = { "cosine", "linear" }, default = "cosine",
      doc = "shape of the phases" },
    { "three_phase", "boolean", default = false, doc = "back to the first rate in between" },
    { "momentum", "list", of = "number", each = { BELOW_ONE, BELOW_ONE },
      doc = "{ low, high }, as in { 0.85, 0.95 }: the optimizer's momentum, or the first of its "
        .. "betas, is low where the rate is high" },
  },
  base = "max",
  check = function(o, fail)
    local range = o.momentum
    if range and (#range ~= 2 or range[1] > range[2]) then
      fail("momentum", "has %s, want two numbers, the lower one first",
        #range == 2 and "the higher one first" or counted(#range, "item"))
    end
  end,
  fills = true,
  native = function(o)
    return {
      max = o.max, warmup = o.warmup, div = o.div, final_div = o.final_div, anneal = o.anneal,
      three_phase = o.three_phase,
    }
  end,
}
