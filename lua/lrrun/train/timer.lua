--- How long training takes: in all, and alone without its first steps (they touch memory
--- for the first time). Nothing of it reaches a result. Layer: train.

local now = require("lrrun.native.ranks").now -- one for all ranks

local timer = {}
local Mt = { __index = timer }

-- Steps that are left out of speeds.
local WARM = 10

--- elapsed: seconds that earlier parts of a resumed run took.
function timer.new(elapsed)
  return setmetatable({ began = now() - (elapsed or 0), before = elapsed or 0, training = 0,
    steps = 0 }, Mt)
end

--- A timer that sees no time pass. Speeds it measures as others do.
function timer.still()
  local self = timer.new()
  self.stands = true
  return self
end

--- Seconds since the run began.
function timer:seconds()
  return self.stands and 0 or now() - self.began
end

--- Training goes on after `step` updates of this process's run. Gives the update after which
--- `warm` is to be called.
---@param step integer
---@return integer
function timer:start(step)
  self.first = self.first or step
  self.since, self.since_step = now(), step
  return self.first + WARM
end

--- The first updates are made: speeds are those of the later ones.
---@param step integer
function timer:warm(step)
  self:stop(step)
  self.first_training, self.first_steps = self.training, self.steps
  self.training, self.steps = 0, 0
  self.since, self.since_step = now(), step
end

--- Training pauses for a validation.
function timer:stop(step)
  self.training = self.training + (now() - self.since)
  self.steps = self.steps + (step - self.since_step)
end

--- Updates of each second of training, without the first ones where there are more.
function timer:steps_per_second()
  if self.steps > 0 then
    return self.steps / self.training
  end
  return (self.first_steps or 0) > 0 and self.first_steps / self.first_training or 0
end

return timer
