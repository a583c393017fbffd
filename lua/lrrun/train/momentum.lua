--- one_cycle{ momentum = { low, high } }: the schedule of the rate that drives the optimizer's
--- momentum, too, or the first of its betas. Layer: train.

local constant = require "lrrun.schedule.constant"
local cycle = require "lrrun.schedule.momentum_cycle"
local errors = require "lrrun.util.errors"
local options = require "lrrun.util.options"
local seq = require "lrrun.schedule.seq"

local momentum = {}

-- The first one_cycle within a schedule that says something of the momentum.
local function who_says(value)
  if value.kind == "schedule.one_cycle" then
    return value.opts.momentum and value or nil
  end
  local desc = options.descriptor(value)
  for _, child in ipairs(desc.children and desc.children(value.opts) or {}) do
    local found = who_says(child)
    if found then
      return found
    end
  end
  return nil
end

-- The momentum's schedule beside one phase of the rate's; high where it says nothing.
local function beside(phase, high)
  local o, found = phase.opts, who_says(phase)
  if not found then
    if o.ends then
      errors.raise(phase.where, "%s: a metric ends it, and the 'momentum' of the one_cycle behind "
        .. "it cannot wait for that; give it a length", phase.kind)
    end
    return constant { value = high, length = o.length }
  elseif found ~= phase then
    errors.raise(found.where, "schedule.one_cycle: 'momentum' is for a one_cycle by itself or as a "
      .. "phase, not within a product")
  end
  return cycle { low = o.momentum[1], high = o.momentum[2], warmup = o.warmup, anneal = o.anneal,
    three_phase = o.three_phase, length = o.length, by = o.by }
end

-- The whole schedule of the momentum.
local function schedule_of(value, high)
  if value.kind ~= "schedule.seq" then
    return beside(value, high)
  end
  local out
  for _, phase in ipairs(value.opts.phases) do
    local part = beside(phase, high)
    out = out and seq.join(out, part) or part
  end
  return out
end

-- The optimizer with x in the place of its momentum.
local function with_momentum(optimizer, phase, x)
  local o, desc = optimizer.opts, options.descriptor(optimizer)
  if not desc.by_name.momentum and not desc.by_name.betas then
    errors.raise(phase.where, "schedule.one_cycle: 'momentum' has nothing to drive: %s has neither "
      .. "momentum nor betas", optimizer.kind)
  end
  local key = desc.by_name.momentum and "momentum" or "betas"
  local now = o[key]
  if key == "betas" then
    now = o.betas[1]
  end
  if type(now) ~= "number" then
    errors.raise(phase.where, "schedule.one_cycle: 'momentum' is given, and the optimizer's %s is "
      .. "a schedule, too; want one of them", key == "betas" and "first of betas" or key)
  elseif key == "momentum" then
    return options.with(optimizer, { momentum = x })
  end
  return options.with(optimizer, { betas = { x, table.unpack(o.betas, 2) } })
end

--- The optimizer of a recipe, its momentum driven where the schedule says so.
---@param r table a resolved recipe
---@return table
function momentum.cycled(r)
  local value = r.opts.schedule
  local phase = value and who_says(value)
  if not phase then
    return r.opts.optimizer
  end
  return with_momentum(r.opts.optimizer, phase, schedule_of(value, phase.opts.momentum[2]))
end

--- The optimizer of a recipe after the end of such a schedule: the momentum stays high.
---@param r table a resolved recipe
---@return table
function momentum.ended(r)
  local value = r.opts.schedule
  local phase = value and who_says(value)
  return phase and with_momentum(r.opts.optimizer, phase, phase.opts.momentum[2])
    or r.opts.optimizer
end

return momentum
