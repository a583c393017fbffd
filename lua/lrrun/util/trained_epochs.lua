--- The epochs that a run was trained, of which the last may be a part. Layer: util.

local function count(x)
  return type(x) == "number" and x >= 0 and x < math.huge and x or nil
end

--- Updates over those of an epoch, where the result says both; else the whole ones that it counts,
--- as results before 1.1 did; nil where it says neither.
---@param result any
---@return number?
return function(result)
  if type(result) ~= "table" then
    return nil
  end
  local steps, each = count(result.steps), count(result.steps_per_epoch)
  return steps and each and each > 0 and steps / each or count(result.epochs)
end
