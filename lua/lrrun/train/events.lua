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

--- The events of a run. hooks: lists `step` and `epoch` of functions(run, state) that
--- record or show things and may return a reason; `figures`, a function of these that is called
--- first in a step, whatever ends the run there, or nil; `stretch`, a function of these that is
--- called before the updates up to an evaluation, or nil; `after`, a list of objects whose method
--- after(state, epoch_end, evaluated) is called between steps; `rollback` (rollback.lua) or nil.
---@param run table
---@param hooks { step: function[], epoch: function[], after: table[], rollback: table? }
function events.new(run, hooks)
  local on = run.recipe.opts.on
  local calls_step, has_rule = on and on.opts.step ~= nil, run.stop ~= nil
  local self, figures = {}, hooks.figures
  function self.stretch(_, state)
    if hooks.stretch then
      hooks.stretch(run, state)
    end
  end
  -- An interrupt comes last: rules and callbacks see every step, resumed or not.
  function self.step(_, state)
    if figures then
      figures(run, state)
    end
    local reason = has_rule and rule_of_step(run, state) or nil
    if calls_step then
      reason = call(run, "step", state) or reason
    end
    for _, hook in ipairs(hooks.step) do
      reason = hook(run, state) or reason
    end
    return reason or sys.interrupted() and "interrupted" or nil
  end
  function self.epoch(_, state)
    local reason = call(run, "epoch", state)
    for _, hook in ipairs(hooks.epoch) do
      reason = hook(run, state) or reason
    end
    return reason
  end
  function self.after(state, epoch_end, evaluated)
    for _, hook in ipairs(hooks.after) do
      hook:after(state, epoch_end, evaluated)
    end
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
