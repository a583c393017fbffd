--- The test of early stopping, to end a phase: schedule.hold { ends = stop.plateau{...} }.

local monitor = require "lrrun.stop.monitor"
local rule = require "lrrun.stop.rule"

return rule.new {
  name = "plateau",
  doc = "Ends a phase at the patience-th validation in a row that was no better.",
  positional = { "monitor" },
  keys = {
    { "monitor", "string", default = "val_loss", doc = "metric to watch" },
    monitor.mode_key,
    { "patience", "integer", min = 0, required = true, doc = "validations without a gain" },
    { "min_delta", "number", min = 0, default = 0, doc = "least gain that counts" },
    { "rel_delta", "number", min = 0, default = 0, doc = "the same as a share of |best|" },
    { "start_after", "duration", default = 0, doc = "of the phase: not counted until then" },
  },
  check = monitor.fill_mode,
  native = function(o, steps)
    return {
      mode = o.mode, patience = o.patience, min_delta = o.min_delta, rel_delta = o.rel_delta,
      start_after = steps(o.start_after),
    }
  end,
}
