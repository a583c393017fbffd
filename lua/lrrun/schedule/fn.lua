--- A schedule of one's own: a Lua function of the update.

local form = require "lrrun.schedule.form"

return form.new {
  name = "fn",
  doc = "The number that a function returns; it gets a table with step, epoch (whole, from 0), "
    .. "progress (0 to 1), lr (the base) and metrics (of the last validation).",
  positional = { "f" },
  keys = {
    { "f", "function", required = true, doc = "called before each update" },
  },
  plain = true,
  native = function()
    return {}
  end,
}
