--- Up once, then far down.

local form = require "lrrun.schedule.form"

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
  },
  base = "max",
  fills = true,
  native = function(o)
    return {
      max = o.max, warmup = o.warmup, div = o.div, final_div = o.final_div, anneal = o.anneal,
      three_phase = o.three_phase,
    }
  end,
}
