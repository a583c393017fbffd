--- metrics = { "tensorboard" }: what TensorBoard shows of a run, written at each epoch's
--- end. Layer: train.

local describe = require "lrrun.recipe.plain"
local metrics = require "lrrun.metrics"
local sorted = require "lrrun.util.sorted"
local tensorboard = require "lrrun.record.tensorboard"

local board = {}

--- Whether the recipe's `metrics` name `what`.
---@param run table
---@param what string
function board.wants(run, what)
  for _, name in ipairs(run.recipe.opts.metrics) do
    if name == what then
      return true
    end
  end
  return false
end

-- Settings by path: optimizer.lr.
local function flatten(t, path, out)
  for key, item in pairs(t) do
    local below = path and path .. "." .. tostring(key) or tostring(key)
    if type(item) == "table" then
      flatten(item, below, out)
    else
      out[below] = item
    end
  end
  return out
end

local function values_of(state)
  local values = {}
  for _, entry in ipairs(metrics.paired) do
    local value = state.metrics[entry.name]
    values[#values + 1] = value and { entry.name, value } or nil
  end
  for name, norm in sorted.pairs(state.grad_norms or {}) do
    values[#values + 1] = { "grad_norms/" .. name, norm.mean }
  end
  return values
end

--- The hook of each epoch and the function of the end (called with the reason), for a run
--- with a folder whose recipe asks for it; else nothing.
---@param run table
---@return function?, function?
function board.new(run)
  if not run.folder or not board.wants(run, "tensorboard") then
    return nil
  end
  local open = tensorboard.open(run.folder, run.first_step,
    flatten(describe(run.recipe), nil, {}))
  return function(_, state)
    open:scalars(state.step, values_of(state))
  end, function(reason)
    open:close(reason == "diverged" and "failure" or reason ~= "interrupted" and "success" or nil)
  end
end

return board
