--- Trials in this process, one after the other: for scripts. A paused trial is a coroutine
--- that goes on exactly where it was. Layer: study.

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
  local ok, outcome = errors.raw_resume(thread, work)
  if not ok and errors.stopped() then
    error(errors.stopped(), 0)
  elseif not ok then
    outcome = { error = tostring(outcome) }
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
