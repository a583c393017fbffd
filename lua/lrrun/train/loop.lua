--- The training loop: steps until an evaluation is due, validation, metrics, stop rules.
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
    collect.of_text(sums, run.loss, run.dataset, split)
    if split == "train" and run.probe then
      run.probe:into(sums, run.asked)
    end
    metrics.measure(m, split, sums, state, run.reported)
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
    run.best = { epoch = run:epoch_of(state), step = state.step, metrics = m }
    run.session:keep_best()
  end
  local reason = run.stop and run.stop:check(m, state.step, state.seconds)
  return reason ~= "none" and reason or nil
end

-- Steps up to the next evaluation, or of what is left of the run. Returns the reason to end, or
-- nil; whether an evaluation is due; and whether the last step was its epoch's.
local function train_stretch(run, state, events)
  events.stretch(run, state)
  local session, total = run.session, run.clock.total_steps
  local due_at = math.min(run:evaluated_at(run:evaluations(state.step) + 1), total)
  local after_step, after, feeds = events.step, events.after, needs_feed(run)
  local reason, finite, epoch_end, due
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
    due = state.step >= due_at
    if not due and (not reason or reason == "interrupted") then
      after(state, epoch_end, false)
      state.epoch = epoch_end and state.epoch + 1 or state.epoch
    end
  until reason or due
  clock:stop(state.step)
  return reason, due, epoch_end
end

-- Evaluation and what follows from it. Returns the reason to end.
local function evaluate(run, state, events, reason)
  state.seconds = run.timer:seconds()
  state.metrics, state.grad_norms = measure(run, state), grad_norms(run)
  local by_rule = observe(run, state)
  local by_user = events.epoch(run, state)
  run.session:reset_sums()
  -- A rule that fires now fires for good; an interrupt is there for going on later.
  return reason ~= "interrupted" and reason or by_rule or by_user or reason
end

--- Trains until the run's last step or a reason to end before it. Returns the reason.
-- events: `stretch(run, state)` before the updates up to an evaluation; `step(run, state)` after
-- each update and `epoch(run, state)` after each evaluation may give a reason;
-- `after(state, epoch_end, evaluated)` between steps, where the state is whole;
-- `diverged(state)` gives the reason, or nil where it put an earlier state back.
---@param run table of prepare.run
---@param state { step: integer, epoch: integer, metrics: table }
---@param events table
function loop.run(run, state, events)
  while state.step < run.clock.total_steps do
    local _, finished = run.session:counters()
    state.epoch = finished + 1
    local reason, due, epoch_end = train_stretch(run, state, events)
    if reason ~= "diverged" and (due or reason ~= "interrupted") then
      reason = evaluate(run, state, events, reason)
    end
    if reason == "diverged" then
      reason = events.diverged(state) or sys.interrupted() and "interrupted" or nil
    elseif due and (not reason or reason == "interrupted") then
      events.after(state, epoch_end or state.step >= run.clock.total_steps, true)
    end
    if reason and (reason ~= "interrupted" or state.step < run.clock.total_steps) then
      return reason
    end
  end
  return "done"
end

return loop
