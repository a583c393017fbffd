--- Intervals and times of a recipe that are longer than its run: what was meant as updates and
--- counts epochs. Layer: train.

local counted = require "lrrun.util.counted"
local sorted = require "lrrun.util.sorted"
local units = require "lrrun.util.units"

local intervals = {}

-- Key -> what does not happen then.
local KEYS = {
  { "validate", "it is evaluated at its end alone" },
  { "log", "steps.jsonl has no line before its end" },
}

-- The warmup of an optimizer that has one of its own in the place of a schedule.
local function add_warmup(out, run, total)
  local value = run.recipe.opts.optimizer
  while value.opts.base do
    value = value.opts.base
  end
  local length = value.kind:find "^optim%.schedule_free" and value.opts.warmup
  if length and units.exact_steps(length, run.clock) > total then
    out[#out + 1] = ("%s: warmup = %s is longer than the run of %s: its rate never comes to "
      .. "lr"):format(value.kind, tostring(length), counted(total, "step"))
  end
end

-- Parameters that thaw after the run: the first one of each time.
local function add_thaws(out, run, total)
  local said = {}
  for name, length in sorted.pairs(run.model.builder.from) do
    local text = tostring(length)
    if not said[text] and units.exact_steps(length, run.clock) >= total then
      said[text] = true
      out[#out + 1] = ("freeze: %s would thaw after %s, and the run ends at update %d: it never "
        .. "trains"):format(name, text, total)
    end
  end
end

--- A sentence for each of `validate`, `log`, an optimizer's own warmup and thaws that is longer
--- than the run.
---@param run table of prepare.run
---@return string[]
function intervals.too_long(run)
  local out, total = {}, run.clock.total_steps
  for _, item in ipairs(KEYS) do
    local length = run.recipe.opts[item[1]]
    local steps = length and units.exact_steps(length, run.clock) or 0
    if steps > total then
      out[#out + 1] = ("%s = %s is longer than the run of %s: %s%s"):format(item[1],
        tostring(length), counted(total, "step"), item[2],
        length.unit == "epochs" and length.amount % 1 == 0
          and ("; a bare number counts epochs, %.0f*steps updates"):format(length.amount) or "")
    end
  end
  add_warmup(out, run, total)
  add_thaws(out, run, total)
  return out
end

return intervals
