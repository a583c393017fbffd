--- A rate that follows from what was seen, whatever the length of the run.

local form = require "lrrun.schedule.form"

-- Tokens of one update, and the batch size: in a squeezed run those of the whole run, at the same
-- share of its length.
local function per_update(o, clock, fail)
  local samples = clock.samples_per_step
    or clock.samples_per_epoch and clock.steps_per_epoch
      and clock.samples_per_epoch / clock.steps_per_epoch
  if not samples then
    fail "needs the clock's samples_per_step, which are the batch size in its formula"
  end
  return samples, samples * o.tokens / (clock.pace or 1)
end

return form.new {
  name = "power",
  doc = "min(max, a B n^b) with B samples in an update and n tokens seen (with tokens = 1, "
    .. "samples): the same rate at the same n for any length and batch size. The last `decay` "
    .. "falls in geometric steps to 1 / final_div of it. a and b are the article's, for language "
    .. "models with muP: others want others.",
  source = "Shen et al., Power Scheduler, arXiv 2408.13359",
  positional = { "max" },
  keys = {
    { "max", "number", min = 0, rate = "peak",
      doc = "highest rate; the optimizer's lr by default" },
    { "a", "number", above = 0, default = 4.6, doc = "factor of the power law" },
    { "b", "number", max = 0, default = -0.51, doc = "its exponent" },
    { "tokens", "number", above = 0, default = 1,
      doc = "tokens of one sample, as of a text's window" },
    { "warmup", "duration", default = 0, doc = "time to the first rate" },
    { "decay", "duration", default = "10 percent", doc = "time of the fall at the end" },
    { "final_div", "number", above = 0, default = 100,
      doc = "the rate at which the fall begins over the last one" },
  },
  base = "max",
  fills = true,
  plain = true,
  native = function(o, steps, fail, _, clock)
    local samples, per = per_update(o, clock, fail)
    return { max = o.max, a = o.a * samples, b = o.b, per = per, warmup = steps(o.warmup),
      decay = steps(o.decay), final_div = o.final_div }
  end,
  peak = function(o, steps)
    return steps(o.warmup)
  end,
}
