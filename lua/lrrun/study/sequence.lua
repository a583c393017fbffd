--- In which order a study works: which trial comes next, how far it runs, and what is known
--- when that is decided.
--
-- The work is a sequence of jobs, counted from 0. Without rungs job n is the whole of trial
-- n; with ASHA or Hyperband a job takes a trial, new or paused, to its next rung. What job
-- n is depends on the results of jobs up to n - 1 - lag alone, so it is the same for any
-- number of workers, and a study that was killed goes on with the same sequence. A job may
-- be empty: with what may be known there is nothing to do. Layer: study.

local native = require "lrrun.native.search"

local Sequence = {}
local Mt = { __index = Sequence }

local sequence = {
  --- A job's result may be unknown to this many jobs after it.
  LAG = 3,
}

--- The sequence of a study with `limit` trials. opts: lag; waits = whether results decide
--- anything but what rungs say (a model, a median); rungs = what native.next_job takes;
--- sign = -1 where more is better.
---@param opts { limit: number, lag: integer, waits: boolean, rungs: table?, sign: integer }
function sequence.new(opts)
  local self = setmetatable({ jobs = {}, count = 0, idle = 0 }, Mt)
  for key, value in pairs(opts) do
    self[key] = value
  end
  return self
end

-- Whether all results are there that job `n` may depend on.
local function is_ready(self, n)
  if not (self.waits or self.rungs) then
    return true
  end
  while self.known and self.jobs[self.known] and self.jobs[self.known].done do
    self.known = self.known + 1
  end
  self.known = self.known or 0
  for i = self.known, n - self.lag - 1 do
    if not self.jobs[i].done then
      return false
    end
  end
  return true
end

-- Jobs before n that are not empty, as native.next_job takes them.
local function seen_by(self, n)
  local list = {}
  for i = 0, n - 1 do
    local job = self.jobs[i]
    if job.trial then
      local value
      if i < n - self.lag then
        value = job.value and self.sign * job.value or false
      end
      list[#list + 1] = { trial = job.trial, rung = job.rung, value = value }
    end
  end
  return list
end

local function compute(self, n)
  if self.rungs then
    return native.next_job(self.rungs, seen_by(self, n))
  elseif n < self.limit then
    return { trial = n, rung = 1 }
  end
  return nil
end

--- The next job { number, trial, rung }, or "wait" where results are missing, or nil at the
--- end. recorded(n) gives the job that is in the journal under this number, if any.
---@param recorded fun(n: integer): table?
function Sequence:next(recorded)
  while true do
    local n = self.count
    local job = recorded(n)
    if not job then
      if not is_ready(self, n) then
        return "wait"
      end
      job = compute(self, n)
    end
    if not job then
      if not self.rungs or self.idle > self.lag then
        return nil
      end
      self.idle = self.idle + 1
      job = { done = true }
    else
      self.idle = 0
    end
    job.number = n
    self.jobs[n] = job
    self.count = n + 1
    if job.trial then
      return job
    end
  end
end

--- What trial proposals of job n may know of trial `number`: the last of its jobs that is
--- known then, or nil.
function Sequence:known_of(trial, n)
  for i = #trial.jobs, 1, -1 do
    local job = trial.jobs[i]
    if job.done and job.number < n - self.lag then
      return job
    end
  end
  return nil
end

return sequence
