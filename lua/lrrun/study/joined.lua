--- The runner of a process that shares its study with others (search --join): it works on what it
--- gets a lease for, and waits for the results of all else.
--
-- All of them go through the same sequence of work and take in the same results (shared.lua), so
-- each knows the whole study; which of them works on what makes no difference. Each try at a piece
-- of work is in a folder of its own, `trials/N.JOB.TRY`, which takes the place of `trials/N` once
-- its result counts: who comes back late writes where nobody looks. One of them, also by a lease,
-- writes the journal. It does for drive.lua what workers.lua does. Layer: study.

local Workers = require "lrrun.study.workers"
local cause = require "lrrun.study.cause"
local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local scribe = require "lrrun.study.scribe"
local settle = require "lrrun.study.settle"
local sys = require "lrrun.native.sys"
local tries = require "lrrun.study.tries"

local Joined = {}
local Mt = { __index = Joined }

local joined = {}

local WRITER = "writer" -- the lease of the one that writes the journal
local SHORTEST, LONGEST, LOOKS = 0.02, 1, 10 -- seconds between looks, and how many in a lease's

--- workers: of workers.lua, for what this process works on itself.
---@param study table opened with `joins`
---@param workers table
function joined.new(study, workers)
  local leases = study.shared.leases
  return setmetatable({ study = study, shared = study.shared, leases = leases,
    workers = workers, mine = {}, others = {}, count = 0, looked = -math.huge,
    pause = math.max(SHORTEST, math.min(LONGEST, leases.seconds / LOOKS)) }, Mt)
end

-- How much is under way: what has a disk that is full waits for its own alone.
local function recount(self)
  local n = 0
  for _, list in ipairs { self.mine, self.study.halted and {} or self.others } do
    for _ in pairs(list) do
      n = n + 1
    end
  end
  self.count = n
end

-- The name of the folder that an earlier try at this work left, or that the trial had at its
-- last rung.
local function base_of(self, work, generation)
  for try = generation - 1, 1, -1 do
    local name = ("%d.%d.%d"):format(work.number, work.job, try)
    if file.kind(Workers.place(self.study.folder, name)) then
      return name
    end
  end
  local name = not work.fresh and settle.place(self.study, self.shared, work.number, work.job)
  return name and file.kind(Workers.place(self.study.folder, name)) and name or nil
end

-- Begins to work on what this process has the lease for.
local function begin(self, work, generation)
  work.base = base_of(self, work, generation)
  work.parent = work.from and settle.place(self.study, self.shared, work.from, work.job)
  work.place = ("%d.%d.%d"):format(work.number, work.job, generation)
  self.mine[work.job], self.others[work.job] = work, nil
  local trial = self.study.trials[work.number]
  trial.tries = math.max(trial.tries or 0, self.leases:tries(("%d"):format(work.job)))
  work.fresh = true
  self.workers:start(work)
end

local function try(self, work)
  local name = ("%d"):format(work.job)
  if self.shared.results[work.job] or self.study.halted
    or not self.leases:is_free(name) then
    return
  end
  local generation = self.leases:take(name)
  if generation then
    begin(self, work, generation)
  end
end

-- Another process has taken our lease: this one was away for too long.
local function lost(self, name)
  if name == WRITER then
    self.scribe, self.lock = nil, self.lock and self.lock:close()
    return
  end
  local job = math.tointeger(tonumber(name))
  local work = self.mine[job]
  if work then
    self.workers:drop(job)
    self.mine[job], self.others[job] = nil, work
    current.out():note("trial %d went to another process: this one was not heard of for %g s",
      work.number, self.leases.seconds)
  end
end

-- The one that writes holds the folder, too: others on this host see that somebody is at it.
local function hold(folder)
  local ok, lock = pcall(function()
    return not file.locked(folder) and file.lock(folder) or nil
  end)
  return ok and lock or nil
end

-- Adds to our leases, and notices those that are ours no longer.
local function beat(self)
  self.leases:beat(function(name)
    lost(self, name)
  end)
end

local function write_all(self)
  if not self.scribe then
    self.scribe, self.lock = scribe.new(self.study), hold(self.study.folder)
  end
  self.scribe:write(self.study, function()
    beat(self)
    return self.scribe ~= nil
  end)
end

-- Writes the journal, where that is this process's affair. Where it is another one's by now, what
-- went wrong is nothing: that one adds what is missing.
local function write(self)
  if not self.leases.held[WRITER]
    and not (self.leases:is_free(WRITER) and self.leases:take(WRITER)) then
    return
  end
  local ok, why = pcall(write_all, self)
  if not ok and (errors.stopped(why) or self.leases:holds(WRITER)) then
    error(why, 0)
  elseif not ok then
    lost(self, WRITER)
  end
end

-- Pieces of work in their order.
local function in_order(list)
  local out = {}
  for _, work in pairs(list) do
    out[#out + 1] = work
  end
  table.sort(out, function(a, b)
    return a.job < b.job
  end)
  return out
end

-- Looks what others do, at most so often.
local function look(self)
  if sys.now() - self.looked < self.pause then
    return
  end
  self.shared:scan()
  beat(self)
  for _, work in ipairs(in_order(self.others)) do
    if self.workers:has_room() then
      try(self, work)
    end
  end
  if not self.study.halted then
    write(self)
  end
  self.looked = sys.now()
end

-- A piece of work that was tried too often here is anybody's else; after trouble that holds for all
-- trials nothing is begun.
local function give_up(self)
  local stuck = {}
  for _, trial in ipairs(self.study.stuck) do
    stuck[trial.number] = trial
  end
  for job, work in pairs(self.mine) do
    local trial = stuck[work.number]
    if not self.workers:has(job) and (trial or self.study.halted) then
      self.leases:release(("%d"):format(job), trial and trial.tries_now or 0)
      self.mine[job] = nil
    end
  end
end

--- Whether another piece of work may begin, here or, as its result is there, in no process.
function Joined:has_room()
  look(self)
  if self.workers:has_room() then
    return true
  end
  for job in pairs(self.shared.results) do
    if job >= self.study.sequence.count then
      return true
    end
  end
  return false
end

function Joined:start(work)
  if self.mine[work.job] then -- once more
    work.place, work.parent = self.mine[work.job].place, self.mine[work.job].parent
    self.mine[work.job] = work
    self.workers:start(work)
  else
    self.others[work.job] = work
    if self.workers:has_room() then
      try(self, work)
    end
  end
  recount(self)
end

-- Says what came of our own work, and gives what counts.
local function settled(self, job, outcome)
  local work, folder = self.mine[job], self.study.folder
  if self.shared:publish(job, outcome, work.place) then
    settle.folder(folder, work.number, work.place)
  else
    settle.remove(folder, work.place)
  end
  self.leases:leave(("%d"):format(job))
  self.mine[job] = nil
  return assert(self.shared:result(job))
end

-- Results of our own workers. What kept a trial from its end is no result, but the last time.
local function add_own(self, done)
  for _, item in ipairs(self.workers:poll()) do
    local job, outcome = item[1], item[2]
    local work = self.mine[job]
    local trial = work and self.study.trials[work.number]
    if work and outcome.outside and not cause.is_machine(outcome.outside) then
      outcome.error = tries.last(trial, outcome)
      outcome.outside = not outcome.error and outcome.outside or nil
    end
    if work then
      done[#done + 1] = { job, outcome.outside and outcome or settled(self, job, outcome) }
    end
  end
end

--- Results that have come in: list of { job number, outcome }.
function Joined:poll()
  look(self)
  local done = {}
  add_own(self, done)
  for job, work in pairs(self.others) do
    local outcome = self.shared.results[job] and self.shared:result(job)
    if outcome then
      self.others[job], done[#done + 1] = nil, { work.job, outcome }
    end
  end
  table.sort(done, function(a, b)
    return a[1] < b[1]
  end)
  give_up(self)
  recount(self)
  return done
end

--- Only the one that writes the journal tidies up.
function Joined:tidy(study)
  if self.scribe then
    self.workers:tidy(study)
  end
end

--- Ends this process's work, and gives it back.
function Joined:stop()
  self.workers:stop()
  for job in pairs(self.mine) do
    self.leases:release(("%d"):format(job), 0)
  end
  self.mine = {}
end

--- At the end. Of a study that is done each process sees to it, one after the other, that the
--- journal is whole.
---@param reason string of drive
function Joined:leave(reason)
  self.scribe = nil -- the journal is read once more, as it stands on the disk
  while reason == "done" and not self.scribe and not sys.interrupted() do
    look(self)
    sys.sleep(SHORTEST)
  end
  if self.scribe then
    self.workers:tidy(self.study)
    settle.leftovers(self.study, self.shared)
  end
  self.leases:release(WRITER, 0)
  self.scribe, self.lock = nil, self.lock and self.lock:close()
end

return joined
