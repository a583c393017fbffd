--- Intervals of a recipe that are longer than its run: what was meant as updates and counts
--- epochs. Layer: train.

local units = require "lrrun.util.units"

local intervals = {}

-- Key -> what does not happen then.
local KEYS = {
  { "validate", "it is evaluated at its end alone" },
  { "log", "steps.jsonl has no line before its end" },
}

--- A sentence for each of `validate` and `log` that is longer than the run.
---@param run table of prepare.run
---@return string[]
function intervals.too_long(run)
  local out, total = {}, run.clock.total_steps
  for _, item in ipairs(KEYS) do
    local length = run.recipe.opts[item[1]]
    local steps = length and units.exact_steps(length, run.clock) or 0
    if steps > total then
      out[#out + 1] = ("%s = %s is longer than the run of %d steps: %s%s"):format(item[1],
        tostring(length), total, item[2], length.unit == "epochs" and length.amount % 1 == 0
          and ("; a bare number counts epochs, %.0f*steps updates"):format(length.amount) or "")
    end
  end
  return out
end

return intervals
