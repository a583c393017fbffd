--- Squeezed runs: a share of a run's updates, under the same curve of rates over that share.
--
-- A run that is cut short ranks rates by their early speed; one that is squeezed (its warmup, its
-- decay and its patience as well) ranks them much as the whole one does. Durations shrink by the
-- clock's `pace` (util/units.lua); here is what no duration says: the length, and how often the
-- run is evaluated. Layer: train.

local options = require "lrrun.util.options"
local units = require "lrrun.util.units"

local squeeze = {
  --- Evaluations of a squeezed run, where nothing counts them: they would take more time than the
  --- training.
  EVALUATIONS = 10,
}

--- The share of its updates that each duration of the run lasts; nil for a run that is whole.
---@param r table a resolved recipe
---@return number?
function squeeze.pace(r)
  local share = r.opts.squeeze
  return share and share < 1 and share or nil
end

--- Updates of a run, squeezed where its recipe says so.
---@param r table a resolved recipe
---@param per_epoch integer updates of an epoch
---@return integer
function squeeze.total(r, per_epoch)
  local total, pace = r.opts.steps or r.opts.epochs * per_epoch, squeeze.pace(r)
  return pace and math.max(1, math.floor(total * pace + 0.5)) or total
end

-- Schedules that learn of evaluations, or whose function may look at their metrics.
local LEARNS = { ["schedule.plateau"] = true, ["schedule.fn"] = true }

-- Whether a schedule inside of `item` goes by evaluations.
local function goes_by_metrics(item)
  if type(item) ~= "table" then
    return false
  end
  local desc = options.descriptor(item)
  if desc and (LEARNS[item.kind] or item.kind == "schedule.hold" and item.opts.ends) then
    return true
  end
  for _, inner in pairs(desc and item.opts or item) do
    if goes_by_metrics(inner) then
      return true
    end
  end
  return false
end

-- Whether something in the recipe counts evaluations or sees each of them.
local function counts(o)
  return o.stop ~= nil or o.on ~= nil and o.on.opts.epoch ~= nil or goes_by_metrics(o.schedule)
    or goes_by_metrics(o.optimizer) or goes_by_metrics(o.model)
end

--- Updates from one evaluation of a squeezed run to the next: as many evaluations as the whole
--- run has where something counts them, else EVALUATIONS at most.
---@param r table a resolved recipe
---@param clock table
---@return number at least 1
function squeeze.every(r, clock)
  local every = math.max(1, units.exact_steps(r.opts.validate or units.epochs, clock))
  if not counts(r.opts) then
    every = math.max(every, clock.total_steps / squeeze.EVALUATIONS)
  end
  return math.min(every, clock.total_steps)
end

return squeeze
