--- The momentum beside one_cycle{ momentum = { low, high } }: low where the rate is high.

local form = require "lrrun.schedule.form"

return form.new {
  name = "momentum_cycle",
  native_kind = "one_cycle",
  doc = "From high down to low in the first `warmup` share, then up to high again.",
  source = "Smith, arXiv 1803.09820; PyTorch OneCycleLR (cycle_momentum)",
  internal = true, -- made of a one_cycle
  keys = {
    { "low", "number", min = 0, below = 1, required = true, doc = "momentum at the highest rate" },
    { "high", "number", min = 0, below = 1, required = true, doc = "at both ends" },
    { "warmup", "number", min = 0, max = 1, required = true, doc = "share of the length" },
    { "anneal", "string", choices = { "cosine", "linear" }, required = true, doc = "shape" },
    { "three_phase", "boolean", required = true, doc = "high again in between" },
  },
  fills = true,
  native = function(o)
    return {
      max = o.low, first = o.high, last = o.high, warmup = o.warmup, div = 1, final_div = 1,
      anneal = o.anneal, three_phase = o.three_phase,
    }
  end,
}
