--- log = 10*steps: figures of every so many updates, in the run folder's steps.jsonl and, where
--- the recipe asks for it, on TensorBoard's board.
--
-- A line has the update's number and rate, the means of loss and gradient norm over the updates
-- since the line before, and in `numbers` the values of all else that a schedule moves. Sums
-- within an interval (run.step_sums) are a part of the run's state, so that a resumed run writes
-- the same lines. Nothing is made in a step that writes none. Layer: runs.

local folder = require "lrrun.runs.folder"
local units = require "lrrun.util.units"

local step_log = {}

-- Schedules beside that of the rate: what they drive, and its value in an update.
local function moving(run)
  local out = {}
  for _, item in ipairs(run.schedules) do
    out[#out + 1] = item.name ~= "lr" and item or nil
  end
  return out
end

local function numbers_of(items, step)
  local out
  for _, item in ipairs(items) do
    out = out or {}
    out[item.name] = item.box:at(step)
  end
  return out
end

--- Opens the log of a run with a folder whose recipe asks for one. Gives the function that is
--- called after each update, before anything that may end the run there; nil for other runs.
--- told(row) hears of each line.
---@param run table
---@param told fun(row: table)
---@return (fun(run: table, state: table))?
function step_log.open(run, told)
  local asked = run.recipe.opts.log
  if not asked or not run.folder then
    return nil
  end
  local every = math.tointeger(math.max(1, math.min(units.exact_steps(asked, run.clock) + 0.5,
    run.clock.total_steps) // 1))
  local items = moving(run)
  run.step_log = folder.step_log(run, run.keep_steps)
  run.step_sums = run.step_sums or { 0, 0, 0 } -- updates, loss, norm of the gradient
  return function(_, state)
    local sums = run.step_sums
    sums[1], sums[2], sums[3] = sums[1] + 1, sums[2] + state.loss, sums[3] + state.grad_norm
    if state.step % every ~= 0 then
      return
    end
    local row = { step = state.step, epoch = run:epochs_at(state.step), lr = state.lr,
      d = run.optimizer.native:d(),
      loss = sums[2] / sums[1], grad_norm = sums[3] / sums[1],
      numbers = numbers_of(items, state.step - 1) }
    sums[1], sums[2], sums[3] = 0, 0, 0
    run.step_log:write(row)
    told(row)
  end
end

return step_log
