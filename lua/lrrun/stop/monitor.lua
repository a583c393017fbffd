--- The keys `monitor` and `mode` of what watches a metric. Layer: stop.

local metrics = require "lrrun.metrics"
local other_words = require "lrrun.util.other_words"

local monitor = {}

--- For the check of a constructor with these keys: fills in the mode, and fails where the
--- metric's name does not tell it.
function monitor.fill_mode(o, fail)
  o.mode = o.mode or metrics.mode(o.monitor)
  if not o.mode then
    local named = metrics.names(metrics.named(o.monitor))
    local other = #named == 0 and other_words.metric_hint(o.monitor) or ""
    if other ~= "" then
      fail("monitor", "is '%s'%s", o.monitor, other)
    end
    fail("mode", "is missing: the name '%s' does not tell whether more is better; "
      .. "want mode = 'min' or 'max'%s", o.monitor, named[1]
      and (", or what is reported: '%s'"):format(table.concat(named, "' or '")) or "")
  end
end

-- "loss, grad_norm: min; accuracy: max"
local function modes_text()
  local parts = {}
  for _, mode in ipairs { "min", "max" } do
    local names = {}
    for _, metric in ipairs(metrics.list) do
      names[#names + 1] = metric.mode == mode and metric.name or nil
    end
    parts[#parts + 1] = table.concat(names, ", ") .. ": " .. mode
  end
  return table.concat(parts, "; ")
end

--- The key `mode` of such a constructor.
monitor.mode_key = {
  "mode", "string", choices = { "min", "max" },
  doc = "which is better; follows the metric's name (" .. modes_text() .. ")",
}

return monitor
