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

local refresh = host.refresh

local loop = {}

local function is_better(run, value, best)
  if value ~= value then
    return false
  end
  return best == nil or (run.better == "max" and value > best)
    or (run.better ~= "max" and value < best)
end

-- What schedules are fed with before each step; nil: none is, and a step begins in C.
local function feed_of(run)
  for _, item in ipairs(run.schedules) do
    if item.feed then
      return prepare.feed
    end
  end
  return nil
end

--- Metrics of the epoch so far and, with a validation split, of that; nil where Ctrl-C came while
--- the loss was probed, which takes long.
local function measure(run, state)
  local session, m = run.session, {}
  local sums = collect.add(run, "train", session:sums())
  local val = run.val_loader and session:evaluate(run.val_loader)
  if run.probe and not run.probe:into(sums, run.asked) then
    return nil
  end
  metrics.measure(m, run.measured.train, sums, state)
  if val then
    metrics.measure(m, run.measured.val, collect.add(run, "val", val), state)
  end
  collect.check(run, m)
  return m
end

-- After a validation: schedules and stop rules learn of it, the best weights are kept.
local function observe(run, state)
  local m = state.metrics
  local schedules, stop = run.schedules, run.stop
  for i = 1, #schedules do
    schedules[i].box:observe(m, state.step, state.seconds)
  end
  if is_better(run, m[run.monitor], run.best_value) then
    run.best_value = m[run.monitor]
    run.best = { epoch = run:epoch_of(state), step = state.step, metrics = m }
    run.session:keep_best()
  end
  local reason = stop and stop:check(m, state.step, state.seconds)
  return reason ~= "none" and reason or nil
end

-- Steps up to the next evaluation, or of what is left of the run. Returns the reason to end, or
-- nil; whether an evaluation is due; and whether the last step was its epoch's. Between two steps
-- of a small network of some microseconds every call tells: what has nothing to do is not called.
local function train_stretch(run, state, events, feed)
  local step, before, due_at = state.step, run:evaluations_around(state.step)
  events.stretch(before, due_at)
  local session, clock, after_step, after = run.session, run.timer, events.step, events.after
  local advance = session.step
  local reason, finite, epoch_end, due
  local warm_at = clock:start(step)
  repeat
    if feed then
      feed(run, step, state.metrics) -- the only Lua inside a step
    end
    state.loss, state.grad_norm, finite, epoch_end, state.lr = advance(session)
    if not finite then
      reason, state.broke_at = "diverged", step
      break
    end
    step = step + 1
    state.step = step
    refresh() -- a fresh time limit for the recipe's own functions
    if step == warm_at then
      clock:warm(step)
    end
    reason = after_step(state)
    due = step >= due_at
    if not due and (not reason or reason == "interrupted") then
      if after then
        after(state, epoch_end, false)
      end
      if epoch_end then
        state.epoch = state.epoch + 1
      end
    end
  until reason or due
  clock:stop(step)
  return reason, due, epoch_end
end

-- Evaluation and what follows from it. Returns the reason to end, and whether it was made: Ctrl-C
-- may come first.
local function evaluate(run, state, events, reason)
  state.seconds = run.timer:seconds()
  local m = measure(run, state)
  if not m then
    return nil, false
  end
  state.metrics, state.grad_norms = m, grad_norms(run)
  local by_rule = observe(run, state)
  local by_user = events.epoch(state)
  run.session:reset_sums()
  -- A rule that fires now fires for good; an interrupt is there for going on later.
  return reason ~= "interrupted" and reason or by_rule or by_user or reason, true
end

-- The stretch that comes: of updates, or one whose updates were made and whose evaluation was left
-- out (state.waits). Gives what train_stretch does.
local function stretch(run, state, events, feed)
  local _, finished = run.session:counters()
  local left = state.waits
  state.waits = nil
  if left then
    state.epoch = finished + (left.epoch_end and 0 or 1)
    state.lr, state.loss, state.grad_norm = left.lr, left.loss, left.grad_norm
    return left.reason, left.due, left.epoch_end
  end
  state.epoch = finished + 1
  return train_stretch(run, state, events, feed)
end

-- The evaluation after a stretch, where there is one. Returns the reason to end.
local function judge(run, state, events, reason, due, epoch_end)
  if reason == "diverged" or not due and reason == "interrupted" then
    return reason
  end
  local why, made = evaluate(run, state, events, reason)
  if made then
    return why
  end
  state.waits = { due = due, epoch_end = epoch_end, lr = state.lr, loss = state.loss,
    grad_norm = state.grad_norm, reason = reason ~= "interrupted" and reason or nil }
  return "interrupted"
end

-- What comes between the last step before an evaluation and the next one.
local function tell(run, state, after, epoch_end)
  if after then
    after(state, epoch_end or state.step >= run.clock.total_steps, true)
  end
end

--- Trains until the run's last step or a reason to end before it. Returns the reason.
-- events: `stretch(from, to)` before the updates from one evaluation to the next, which are due
-- after so many updates of the run; `step(state)` after each update and `epoch(state)` after each
-- evaluation may give a reason; `after(state, epoch_end, evaluated)` between steps, where the state
-- is whole, or nil; `diverged(state)` gives the reason, or nil where it put an earlier state back.
-- state.broke_at is after how many updates one had a gradient that was not finite.
-- state.waits says of one that was interrupted that its last evaluation is still to be made.
---@param run table of prepare.run
---@param state { step: integer, epoch: integer, metrics: table, waits: table? }
---@param events table
function loop.run(run, state, events)
  local feed = feed_of(run)
  while state.step < run.clock.total_steps or state.waits do
    local reason, due, epoch_end = stretch(run, state, events, feed)
    reason = judge(run, state, events, reason, due, epoch_end)
    if state.waits then
      return reason
    elseif reason == "diverged" then
      reason = events.diverged(state) or sys.interrupted() and "interrupted" or nil
    elseif due and (not reason or reason == "interrupted") then
      tell(run, state, events.after, epoch_end)
    end
    if reason and (reason ~= "interrupted" or state.step < run.clock.total_steps) then
      return reason
    end
  end
  return "done"
end

return loop
