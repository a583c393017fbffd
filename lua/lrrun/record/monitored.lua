--- Which metric says what epoch of a recorded run is best: that of its first stop rule that watches
--- one, else the loss (as train/prepare.lua has it for a run that is there). Layer: record.

local metrics = require "lrrun.metrics"

local function of_rule(rule)
  if type(rule) ~= "table" then
    return nil
  elseif type(rule.monitor) == "string" then
    local said = rule.mode
    local mode = (said == "min" or said == "max") and said or metrics.mode(rule.monitor)
      or rule.above ~= nil and "max" or "min"
    return { monitor = rule.monitor, mode = mode }
  end
  for _, child in ipairs(type(rule.rules) == "table" and rule.rules or {}) do
    local found = of_rule(child)
    if found then
      return found
    end
  end
  return nil
end

--- Of a run.yaml, or of another table that has its `settings` and `data`; parts that are missing or
--- of another kind count as not there.
---@param record table
---@return { monitor: string, mode: "min"|"max" }
return function(record)
  local settings = type(record.settings) == "table" and record.settings or {}
  local data = type(record.data) == "table" and record.data or {}
  local splits = type(data.splits) == "table" and data.splits or {}
  local val = type(splits.val) == "number" and splits.val > 0
  return of_rule(settings.stop) or { monitor = val and "val_loss" or "train_loss", mode = "min" }
end
