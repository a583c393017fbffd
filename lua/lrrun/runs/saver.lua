--- When a run's checkpoints are written: as the recipe's `checkpoint` says, when a signal
--- asks for it, and at the end.
--
-- Without `every`, at an epoch's end or after an evaluation within it once PERIOD seconds have
-- passed, or in the middle of an epoch that takes longer than LONG; never for more than a
-- fiftieth of the time. A run of seconds so writes one, at its end. When a checkpoint is written
-- reaches no result.
-- Layer: runs.

local checkpoint = require "lrrun.runs.checkpoint"
local limits = require "lrrun.limits"
local current = require "lrrun.util.current"
local state_of = require "lrrun.runs.state"
local sys = require "lrrun.native.sys"
local units = require "lrrun.util.units"

local saver = {}
local Mt = { __index = saver }

local PERIOD, LONG, SHARE = 10, 300, 50 -- seconds, seconds, 1 / share of the time

--- For a run that has a folder.
---@param run table
function saver.new(run)
  local given = run.recipe.opts.checkpoint
  local opts = given and given.opts or {}
  local self = setmetatable({
    run = run, keep = opts.keep or 2, last_time = sys.now(), cost = 0, look = 1,
  }, Mt)
  if units.is(opts.every) then
    self.steps = units.to_steps(opts.every, run.clock)
  elseif opts.every then
    self.seconds = units.seconds(opts.every)
  end
  return self
end

-- The clock is looked at each step only where steps are slow.
local function is_due(self, state, is_place)
  if self.steps then
    return state.step % self.steps == 0
  end
  local passed = sys.now() - self.last_time
  if self.seconds then
    return passed >= self.seconds
  end
  return passed >= math.max(is_place and PERIOD or LONG, SHARE * self.cost)
end

--- Writes a checkpoint now, unless that of this step is there. Raises when it cannot. That
--- of an end does not wait for the disk: the weights and the result, which follow, do.
---@param state table
function saver:save(state)
  local ended = state.reason ~= "interrupted" and state.reason or nil
  if self.last_step == state.step and self.last_ended == ended then
    return
  end
  local began = sys.now()
  self.run:sync_logs()
  state_of.save(self.run, state, ended == nil)
  self.last_step, self.last_ended, self.last_time = state.step, ended, sys.now()
  self.cost = self.last_time - began
  if not ended then
    self:prune()
  end
end

--- Removes the checkpoints that are no longer kept; at a run's end once its result is there.
function saver:prune()
  checkpoint.prune(self.run.folder, self.keep, self.run.best and self.run.best.step)
end

--- Called between steps, after the evaluation where one is made.
---@param state table
---@param epoch_end boolean
---@param evaluated boolean
function saver:after(state, epoch_end, evaluated)
  local asked = sys.take_save()
  if not asked and not is_due(self, state, epoch_end or evaluated) then
    return
  end
  local ok, why = pcall(self.save, self, state)
  if not ok then
    limits.check() -- met once, it would be met at each checkpoint to come
    current.out():warn("no checkpoint of step %d: %s; training goes on", state.step, why)
    self.last_time = sys.now()
  elseif asked then
    current.out():note("saved at step %d", state.step)
  end
end

return saver
