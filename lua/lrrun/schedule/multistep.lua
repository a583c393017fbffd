--- Changes the rate at given times.

local form = require "lrrun.schedule.form"

return form.new {
  name = "multistep",
  doc = "base factor^(times passed), or values[times passed]; a time counts from its update on.",
  source = "PyTorch MultiStepLR, optax piecewise schedules",
  positional = { "at", "factor" },
  keys = {
    { "at", "list", of = "duration", required = true,
      doc = "when the rate changes; in any order, but with values each after the one before" },
    { "factor", "number", min = 0, doc = "multiplies the rate each time; 0.1 by default" },
    { "values", "list", of = "number", min = 0, rate = "peak",
      doc = "rates instead: one more than times" },
  },
  base = "values",
  check = function(o, fail)
    if o.values and o.factor then
      fail("factor", "and 'values' are both given, want one of them")
    elseif o.values and #o.values ~= #o.at + 1 then
      fail("values", "has %d rates, want %d: one before and one from each time on",
        #o.values, #o.at + 1)
    end
  end,
  native = function(o, steps, fail)
    local list = {}
    for i, time in ipairs(o.at) do
      list[i] = time.amount == 0 and 0 or steps(time)
      if o.values and i > 1 and list[i] < list[i - 1] then
        fail("'at' goes back: %s is before %s", tostring(time), tostring(o.at[i - 1]))
      end
    end
    local n = #list
    table.move(o.values or {}, 1, #(o.values or {}), n + 1, list)
    return { factor = o.factor or 0.1, n = n }, list
  end,
}
