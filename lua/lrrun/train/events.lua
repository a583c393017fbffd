--- What happens around the loop's steps: interrupts, stop rules, callbacks, progress,
--- records. The loop calls `step` after each update and `epoch` after each validation;
--- either returns a reason to end the run, or nil. Layer: train.

local errors = require "lrrun.util.errors"
local sys = require "lrrun.native.sys"

local events = {}

-- A callback's view: readable, not writable.
local function read_only(t)
  return setmetatable({}, {
    __index = t,
    __newindex = function(_, key)
      errors.raise(nil, "the state of a callback is read-only: '%s' cannot be set", tostring(key))
    end,
    __pairs = function()
      return pairs(t)
    end,
  })
end

-- While it runs, run.callback is its name: one that is stopped does not come back.
local function call(run, name, state)
  local on = run.recipe.opts.on
  local f = on and on.opts[name]
  if not f then
    return nil
  end
  run.callback = name
  local answer = f(read_only {
    step = state.step, epoch = state.epoch, lr = state.lr, loss = state.loss,
    grad_norm = state.grad_norm, metrics = read_only(state.metrics or {}), reason = state.reason,
    grad_norms = state.grad_norms and read_only(state.grad_norms),
  })
  run.callback = nil
  if answer == "stop" then
    return "stopped"
  elseif answer ~= nil then
    errors.raise(on.where, "on.%s: returned %s, want 'stop' or nothing", name,
      errors.show(answer))
  end
  return nil
end

local function rule_of_step(run, state)
  local reason = run.stop:step(state.loss, state.step, run.timer:seconds())
  return reason ~= "none" and reason or nil
end

-- What list's functions say of (run, state): the reason of the last that has one, else `reason`.
local function call_all(list, run, state, reason)
  for i = 1, #list do
    reason = list[i](run, state) or reason
  end
  return reason
end

-- Tells all of the list, in order; nil where there is nobody.
local function after_of(list)
  local n = #list
  return n > 0 and function(state, epoch_end, evaluated)
    for i = 1, n do
      list[i]:after(state, epoch_end, evaluated)
    end
  end or nil
end

local function nothing() end

--- The events of a run. hooks, which are whole by now: lists `step` and `epoch` of functions(run,
--- state) that record or show things and may return a reason; `figures`, a function of these that
--- is called first in a step, whatever ends the run there, or nil; `stretch`, a function(from, to)
--- that is called before the updates from one evaluation to the next, or nil; `after`, a list of
--- objects whose method after(state, epoch_end, evaluated) is called between steps; `rollback`
--- (rollback.lua) or nil.
---@param run table
---@param hooks { step: function[], epoch: function[], after: table[], rollback: table? }
function events.new(run, hooks)
  local on = run.recipe.opts.on
  local calls_step, has_rule = on and on.opts.step ~= nil, run.stop ~= nil
  local figures, on_step, interrupted = hooks.figures, hooks.step, sys.interrupted
  local self = { stretch = hooks.stretch or nothing, after = after_of(hooks.after) }
  function self.step()
    return interrupted() and "interrupted" or nil
  end
  -- An interrupt comes last: rules and callbacks see every step, resumed or not.
  local function step(state)
    if figures then
      figures(run, state)
    end
    local reason = has_rule and rule_of_step(run, state) or nil
    if calls_step then
      reason = call(run, "step", state) or reason
    end
    if on_step[1] then
      reason = call_all(on_step, run, state, reason)
    end
    return reason or interrupted() and "interrupted" or nil
  end
  if figures or has_rule or calls_step or on_step[1] then
    self.step = step
  end
  function self.epoch(state)
    return call_all(hooks.epoch, run, state, call(run, "epoch", state))
  end
  function self.diverged(state)
    if hooks.rollback then
      return hooks.rollback:diverged(state)
    end
    return "diverged"
  end
  function self.stop(state)
    call(run, "stop", state)
  end
  return self
end

return events
