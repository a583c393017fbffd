--- Ends the run when a metric has not got better for `patience` validations.

local monitor = require "lrrun.stop.monitor"
local rule = require "lrrun.stop.rule"

return rule.new {
  name = "early",
  doc = "Ends the run at the patience-th validation in a row that was no better.",
  source = "Prechelt, Early stopping -- but when?, 1998",
  positional = { "monitor" },
  keys = {
    { "monitor", "string", default = "val_loss", doc = "metric to watch" },
    monitor.mode_key,
    { "patience", "integer", min = 0, required = true, doc = "validations without a gain" },
    { "min_delta", "number", min = 0, default = 0, doc = "least gain that counts" },
    { "rel_delta", "number", min = 0, default = 0, doc = "the same as a share of |best|" },
    { "start_after", "duration", default = 0, doc = "validations until then are not counted" },
    { "restore_best", "boolean", default = true, doc = "end with the best epoch's weights" },
  },
  check = monitor.fill_mode,
  native = function(o, steps)
    return {
      mode = o.mode, patience = o.patience, min_delta = o.min_delta, rel_delta = o.rel_delta,
      start_after = steps(o.start_after),
    }
  end,
}
