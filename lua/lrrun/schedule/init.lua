--- Schedules: `require "lrrun.schedule"`.
--
--   schedule.cosine{...} and the others give values for a recipe; a .. b, a * b, 0.5 * a
--   value:at(t, clock)             the value of update t in a script
--   schedule.compile(value, clock) the native schedule of a run (bind_schedule.c)
--   schedule.needs_feed(box)       true: call schedule.feed(box, t, metrics) before update t
--   schedule.phases(box)           { { value, first, length } } of the compiled schedule
--   schedule.check(value, clock)   warnings for `lrrun plan`
--   schedule.bounds(box, total)    lowest and highest value over a run
--
-- Layer: schedule.

local check = require "lrrun.schedule.check"
local compile = require "lrrun.schedule.compile"

local schedule = {
  compile = compile.new,
  needs_feed = compile.needs_feed,
  feed = compile.feed,
  phases = compile.phases,
  check = check.warnings,
  bounds = check.bounds,
}

for _, name in ipairs {
  "constant", "linear", "polynomial", "hold", "warmup", "step", "multistep", "exponential",
  "inverse_time", "inverse_sqrt", "wsd", "cosine", "cosine_restarts", "cyclic", "one_cycle",
  "plateau", "fn",
} do
  schedule[name] = require("lrrun.schedule." .. name)
end

return schedule
