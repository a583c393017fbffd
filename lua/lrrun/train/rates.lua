--- The rate of each parameter in the last update, 0 while it is frozen: lr times what its group,
--- depth and width make of it. Layer: train.

local rates = {}

--- By name.
---@param run table
---@return table<string, number>
function rates.all(run)
  local out, bound = {}, run.optimizer
  for i, s in ipairs((run.model.graph:segments())) do
    if s.trains then
      out[s.name] = bound.native:rate(bound.config.group_of[i])
    end
  end
  return out
end

--- By name; nil for a run whose recipe does not ask for it.
---@param run table
---@return table<string, number>?
function rates.asked(run)
  return run:reports "rates" and rates.all(run) or nil
end

return rates
