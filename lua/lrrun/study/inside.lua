--- Trials in this process, one after the other: for scripts. A paused trial is a coroutine
--- that goes on exactly where it was. Layer: study.

local cause = require "lrrun.study.cause"
local errors = require "lrrun.util.errors"
local trial = require "lrrun.study.trial"

local Inside = {}
local Mt = { __index = Inside }

local inside = {}

--- r: the recipe's value.
function inside.new(r)
  return setmetatable({ recipe = r, paused = {}, done = {}, count = 0 }, Mt)
end

function Inside:has_room()
  return #self.done == 0
end

-- A trial that paused in an earlier process runs to where it was again.
local function begin(self, work)
  local thread = trial.coroutine(self.recipe)
  self.paused[work.number] = thread
  return thread
end

function Inside:start(work)
  local thread = self.paused[work.number] or begin(self, work)
  local ok, said, outcome = errors.raw_resume(thread, work)
  local why = not ok and errors.stopped(said)
  if why then
    error(why, 0)
  elseif ok and said ~= trial.PAUSED and said ~= trial.ENDED then
    coroutine.close(thread)
    outcome = { error = "a function of the recipe yielded: coroutine.yield goes back to a "
      .. "coroutine.resume of its own" }
  elseif not ok then
    local message = tostring(errors.shown(said))
    outcome = cause.is_machine(message) and { outside = message } or { error = message }
  end
  if coroutine.status(thread) == "dead" then
    self.paused[work.number] = nil
  end
  self.done[1] = { work.job, outcome }
end

function Inside:poll()
  local done = self.done
  self.done = {}
  return done
end

-- Nothing is kept and nothing runs between two trials.
function Inside.tidy() end
function Inside.stop() end

return inside
