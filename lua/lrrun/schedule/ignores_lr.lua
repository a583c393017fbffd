--- Whether a schedule gives the same rates whatever lr is: all its phases have rates of their own
--- (one_cycle{ max = }), or a function that does not look at lr. Layer: schedule.

local compile = require "lrrun.schedule.compile"

--- Looks at three updates of the run. False for one that cannot be told before it.
---@param value table? a schedule; nil: the rate stays at lr
---@param clock table of the run: steps_per_epoch, total_steps, samples_per_epoch
---@return boolean
return function(value, clock)
  if not value then
    return false
  end
  local function at(lr, t)
    return compile.at(value, t, { lr = lr, steps_per_epoch = clock.steps_per_epoch,
      total_steps = clock.total_steps, samples_per_epoch = clock.samples_per_epoch })
  end
  for _, t in ipairs { 0, clock.total_steps // 2, math.max(clock.total_steps - 1, 0) } do
    local ok, a, b = pcall(function()
      return at(1, t), at(2, t)
    end)
    if not ok or a ~= b then -- it may want metrics, which there are none of yet
      return false
    end
  end
  return true
end
