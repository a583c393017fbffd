--- The training loop: steps until the epoch ends, validation, metrics, stop rules.
--
-- `state` is what callbacks see: step (updates made), epoch (from 1), lr, metrics.
-- Layer: train.

local collect = require "lrrun.train.collect"
local grad_norms = require "lrrun.train.grad_norms"
local host = require "lrrun.native.host"
local metrics = require "lrrun.metrics"
local prepare = require "lrrun.train.prepare"
local sys = require "lrrun.native.sys"

local loop = {}

local function is_better(run, value, best)
  if value ~= value then
    return false
  end
  return best == nil or (run.better == "max" and value > best)
    or (run.better ~= "max" and value < best)
end

local function needs_feed(run)
  for _, item in ipairs(run.schedules) do
    if item.feed then
      return true
    end
  end
  return false
end

--- Metrics of the epoch so far and, with a validation split, of that.
local function measure(run, state)
  local session, m = run.session, {}
  local of, _, units = run.loss:rows(run.dataset)
  local function add(split, sums)
    collect.into(sums, run.collected[split], of, units)
    metrics.measure(m, split, sums, state, run.asked)
  end
  add("train", session:sums())
  if run.val_loader then
    add("val", session:evaluate(run.val_loader))
  end
  collect.check(run, m)
  return m
end

-- After a validation: schedules and stop rules learn of it, the best weights are kept.
local function observe(run, state)
  local m = state.metrics
  for _, item in ipairs(run.schedules) do
    item.box:observe(m, state.step, state.seconds)
  end
  if is_better(run, m[run.monitor], run.best_value) then
    run.best_value = m[run.monitor]
    run.best = { epoch = state.epoch, step = state.step, metrics = m }
    run.session:keep_best()
  end
  local reason = run.stop and run.stop:check(m, state.step, state.seconds)
  return reason ~= "none" and reason or nil
end

-- Steps of one epoch, or of what is left of the run. Returns the reason to end, or nil, and
-- whether all of them were made.
local function train_epoch(run, state, events)
  local session, total, feeds = run.session, run.clock.total_steps, needs_feed(run)
  local after_step, after = events.step, events.after
  local reason, finite, epoch_end
  local clock = run.timer
  clock:start(state.step)
  repeat
    if feeds then
      prepare.feed(run, state.step, state.metrics) -- the only Lua inside a step
    end
    state.loss, state.grad_norm, finite, epoch_end, state.lr = session:step()
    if not finite then
      reason = "diverged"
      break
    end
    state.step = state.step + 1
    host.refresh() -- a fresh time limit for the recipe's own functions
    clock:step(state.step)
    reason = after_step(run, state)
    local whole = epoch_end or state.step >= total
    if not whole and (not reason or reason == "interrupted") then
      after(state, false)
    end
  until reason or whole
  clock:stop(state.step)
  return reason, epoch_end or state.step >= total
end

-- Validation and what follows from it. Returns the reason to end.
local function end_epoch(run, state, events, reason)
  state.seconds = run.timer:seconds()
  state.metrics, state.grad_norms = measure(run, state), grad_norms(run)
  local by_rule = observe(run, state)
  local by_user = events.epoch(run, state)
  run.session:reset_sums()
  -- A rule that fires now fires for good; an interrupt is there for going on later.
  return reason ~= "interrupted" and reason or by_rule or by_user or reason
end

--- Trains until the run's last step or a reason to end before it. Returns the reason.
-- events: `step(run, state)` after each update and `epoch(run, state)` after each validation
-- may give a reason; `after(state, epoch_end)` between steps, where the state is whole;
-- `diverged(state)` gives the reason, or nil where it put an earlier state back.
---@param run table of prepare.run
---@param state { step: integer, epoch: integer, metrics: table }
---@param events table
function loop.run(run, state, events)
  while state.step < run.clock.total_steps do
    local _, finished = run.session:counters()
    state.epoch = finished + 1
    local reason, whole = train_epoch(run, state, events)
    if reason ~= "diverged" and (whole or reason ~= "interrupted") then
      reason = end_epoch(run, state, events, reason)
    end
    if reason == "diverged" then
      reason = events.diverged(state) or sys.interrupted() and "interrupted" or nil
    elseif whole and (not reason or reason == "interrupted") then
      events.after(state, true)
    end
    if reason and (reason ~= "interrupted" or state.step < run.clock.total_steps) then
      return reason
    end
  end
  return "done"
end

return loop
