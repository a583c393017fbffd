--- Cuts the rate when a metric stops getting better.

local form = require "lrrun.schedule.form"
local monitor = require "lrrun.stop.monitor"

return form.new {
  name = "plateau",
  doc = "Multiplies the rate by factor at the patience-th validation in a row that was no "
    .. "better; counts only while its phase is active.",
  source = "PyTorch ReduceLROnPlateau, with the count of Keras",
  positional = { "monitor" },
  keys = {
    { "monitor", "string", default = "val_loss", doc = "metric to watch" },
    monitor.mode_key,
    { "factor", "number", above = 0, below = 1, default = 0.1, doc = "of each cut" },
    { "patience", "integer", min = 0, default = 10, doc = "validations without a gain" },
    { "min_delta", "number", min = 0, default = 0, doc = "least gain that counts" },
    { "rel_delta", "number", min = 0, default = 1e-4, doc = "the same as a share of |best|" },
    { "cooldown", "integer", min = 0, default = 0, doc = "validations ignored after a cut" },
    { "min", "number", min = 0, default = 0, rate = "floor", doc = "lowest rate" },
  },
  base = true,
  plain = true,
  check = monitor.fill_mode,
  native = function(o)
    return {
      mode = o.mode, factor = o.factor, patience = o.patience, min_delta = o.min_delta,
      rel_delta = o.rel_delta, cooldown = o.cooldown, min = o.min,
    }
  end,
}
