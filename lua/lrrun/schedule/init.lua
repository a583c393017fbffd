--- Schedules of the recipe language: schedule.cosine{...} and the others give values for a
--- recipe; a .. b, a * b, 0.5 * a join them, value:at(t, clock) is the value of update t.
-- Recipes see every name of this table; what runs make of a schedule is compile.lua and
-- check.lua. Layer: schedule.

local schedule = {}

for _, name in ipairs {
  "constant", "linear", "polynomial", "hold", "warmup", "step", "multistep", "exponential",
  "inverse_time", "inverse_sqrt", "wsd", "cosine", "cosine_restarts", "cyclic", "one_cycle",
  "rex", "power", "infinite", "plateau", "fn",
} do
  schedule[name] = require("lrrun.schedule." .. name)
end

return schedule
