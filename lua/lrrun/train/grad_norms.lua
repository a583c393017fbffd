--- Gradient norms by parameter, and by block of a transformer, before clipping, since they were
--- last asked for: the mean over the updates and the largest. nil for a run whose recipe does not
--- ask for them.
-- Layer: train.

local norm_parts = require "lrrun.train.norm_parts"

---@param run table
---@return table<string, { mean: number, max: number }>?
return function(run)
  local mean, max = run.session:norms()
  if not mean then
    return nil
  end
  local out, segments = {}, run.model.graph:segments()
  for i, s in ipairs(segments) do
    out[s.name] = { mean = mean[i], max = max[i] }
  end
  for i, part in ipairs(norm_parts(run.model)) do
    out[part.name] = { mean = mean[#segments + i], max = max[#segments + i] }
  end
  return out
end
