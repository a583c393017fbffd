--- The rate of each parameter in the last update, 0 while it is frozen: lr times what its group,
--- depth and width make of it. nil for a run whose recipe does not ask for it. Layer: train.

---@param run table
---@return table<string, number>?
return function(run)
  if not run:reports "rates" then
    return nil
  end
  local out, bound = {}, run.optimizer
  for i, s in ipairs((run.model.graph:segments())) do
    if s.trains then
      out[s.name] = bound.native:rate(bound.config.group_of[i])
    end
  end
  return out
end
