--- Golden cases of schedules: `expr:at(t, clock)` against the value in the file.
local schedule = require "lrrun.schedule"
local units = require "lrrun.util.units"

local golden = {}

local ENV = {
  schedule = schedule, epochs = units.epochs, steps = units.steps, percent = units.percent,
  samples = units.samples, math = math,
}

--- The schedule that a case's expression stands for.
function golden.value(expr)
  return assert(load("return " .. expr, "=expr", "t", ENV))()
end

--- True when every value of the case agrees, or false and the worst of those that do not.
---@param case { expr: string, clock: table, at: number[][], rtol: number }
function golden.run(case)
  local value = golden.value(case.expr)
  local worst, message = 0, nil
  for _, point in ipairs(case.at) do
    local t, want = point[1], point[2]
    local got = value:at(t, case.clock)
    local limit = math.max(case.rtol * math.abs(want), 1e-12)
    local off = got == got and math.abs(got - want) / limit or math.huge
    if off > 1 and off > worst then
      worst = off
      message = ("at %d: got %.17g, want %.17g"):format(t, got, want)
    end
  end
  return message == nil, message
end

return golden
