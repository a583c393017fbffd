--- Which way a monitored metric is better: by its name, or as the recipe says.
--
-- Layer: util.

local monitor = {}

--- "min" for losses and norms, "max" for accuracies, nil for any other name.
---@param name string
---@return "min"|"max"|nil
function monitor.mode(name)
  if name:find("loss", 1, true) or name:find("norm", 1, true) then
    return "min"
  elseif name:find("accuracy", 1, true) then
    return "max"
  end
  return nil
end

--- For the check of a constructor with the keys monitor and mode: fills in the mode, and
--- fails where the name does not tell it.
function monitor.fill_mode(o, fail)
  o.mode = o.mode or monitor.mode(o.monitor)
  if not o.mode then
    fail("mode", "is missing: the name '%s' does not tell whether more is better; "
      .. "want mode = 'min' or 'max'", o.monitor)
  end
end

--- The key `mode` of such a constructor.
monitor.mode_key = {
  "mode", "string", choices = { "min", "max" },
  doc = "which is better; follows the metric's name (loss, norm: min; accuracy: max)",
}

return monitor
