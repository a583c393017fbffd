--- The rate before and after a run is made to go on otherwise, as lines of text. Layer: cli.

local counted = require "lrrun.util.counted"
local extension = require "lrrun.runs.extension"
local plot = require "lrrun.record.plot"
local screen = require "lrrun.util.screen"

local HEIGHT, WIDEST = 6, 100

local function add_curve(list, title, curve, total, all)
  list[#list + 1] = title
  local lines = plot.lines(function(i)
    return i <= total and curve(i - 1) or 0
  end, all, { width = math.min(screen.width() - 2, WIDEST), height = HEIGHT,
    unicode = plot.unicode(), left = "step 0", right = tostring(all) })
  for _, line in ipairs(lines) do
    list[#list + 1] = "  " .. line
  end
end

--- Both curves on the same scale of steps.
---@param old table of prepare.run, as the run was
---@param new table of prepare.run
---@param step integer updates made
---@return string[]
return function(old, new, step)
  local list, all = {}, new.clock.total_steps
  local before, after = extension.curve(old), extension.curve(new)
  add_curve(list, ("learning rate until now (%s made)"):format(counted(step, "step")), before,
    step, all)
  add_curve(list, ("and from step %d on"):format(step), function(t)
    return t < step and before(t) or after(t)
  end, all, all)
  return list
end
