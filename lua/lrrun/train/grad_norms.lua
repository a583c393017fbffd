--- Gradient norms by parameter, before clipping, since they were last asked for: the mean over
--- the updates and the largest. nil for a run whose recipe does not ask for them.
-- Layer: train.

---@param run table
---@return table<string, { mean: number, max: number }>?
return function(run)
  local mean, max = run.session:norms()
  if not mean then
    return nil
  end
  local out = {}
  for i, s in ipairs((run.model.graph:segments())) do
    out[s.name] = { mean = mean[i], max = max[i] }
  end
  return out
end
