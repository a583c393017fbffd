--- Up and down between two rates.

local form = require "lrrun.schedule.form"
local units = require "lrrun.util.units"

return form.new {
  name = "cyclic",
  doc = "Up from min to max in step_size and down again; triangular2 halves the height each "
    .. "cycle, exp_range multiplies it by gamma each update.",
  source = "Smith, Cyclical learning rates, 2017; PyTorch CyclicLR",
  positional = { "min", "max", "step_size" },
  keys = {
    { "min", "number", min = 0, required = true, rate = "floor",
      doc = "rate at the start of a cycle" },
    { "max", "number", min = 0, required = true, rate = "peak",
      doc = "rate in the middle of a cycle" },
    { "step_size", "duration", above = 0, required = true, doc = "time from min to max" },
    { "step_size_down", "duration", above = 0, doc = "time from max to min; step_size" },
    { "mode", "string", choices = { "triangular", "triangular2", "exp_range" },
      default = "triangular", doc = "what happens to the height" },
    { "gamma", "number", above = 0, default = 1, doc = "factor of exp_range" },
  },
  check = function(o, fail)
    if o.gamma ~= 1 and o.mode ~= "exp_range" then
      fail("gamma", "needs mode = 'exp_range'")
    end
  end,
  native = function(o, _, _, period)
    return {
      min = o.min, max = o.max, step_size = period(o.step_size),
      step_size_down = period(o.step_size_down or o.step_size), mode = o.mode,
      gamma = o.gamma ^ (1 / period(units.steps)), -- of an update of the whole run
    }
  end,
  peak = function(o, steps)
    return steps(o.step_size) + 1
  end,
}
