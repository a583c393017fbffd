--- A study's trials from its journal. One whose record is damaged, or cannot be of this study,
--- is left out: it is tried again under the same number, with the same seed. Layer: study.

local Journal = require "lrrun.study.journal"
local distribution = require "lrrun.study.distribution"
local line = require "lrrun.study.line"
local records = require "lrrun.study.records"
local rng = require "lrrun.native.rng"

local restore = {}

local SEEDS = 2 ^ 31 - 1
local STATES = { [0] = "running", "complete", "pruned", "fail" }

--- The seed of a trial: a number of the study's seed and the trial's number alone.
---@param seed integer
---@param number integer
function restore.seed(seed, number)
  return rng.between(seed, "TRIAL", 0, number, 0, 0, math.tointeger(SEEDS))
end

-- The point that an entry's params are of, or nil and what is wrong.
local function point_of(space, params)
  for name, value in pairs(params) do
    if not space.place[name] then
      return nil, ("has '%s', no dimension of the recipe"):format(name)
    elseif type(value) ~= "number" then
      return nil, ("has no number for '%s'"):format(name)
    end
  end
  local ok, point = pcall(distribution.point, space, params)
  local fits = ok and pcall(space.native.check, space.native, point)
  if not fits then
    return nil, "has values outside of the recipe's search space"
  end
  return point
end

-- What is wrong with an entry whose attributes are fine, or nil; and its point.
local function fault_of(self, entry, mine)
  if entry.damaged then
    return ("misses something before line %d"):format(entry.damaged)
  elseif mine.number >= #self.journal.trials then
    return ("has a number, where there are %d trials"):format(#self.journal.trials)
  elseif self.kind.seed and mine.seed ~= self.kind.seed(self.set.seed, mine.number, self.set) then
    return ("has the seed %d, which is not its own in this study"):format(mine.seed)
  elseif self.trials[mine.number] and not mine.again then
    return "is there twice"
  end
  for _, number in ipairs(mine.jobs) do
    local other = self.recorded[number]
    if other and other.trial ~= mine.number then
      return ("has a piece of work of trial %d's"):format(other.trial)
    end
  end
  local point, why = point_of(self.space, entry.params)
  return why, point
end

-- Whether a running trial with values for all of its pieces pauses at a rung. If not, the line
-- that says how it ended is missing, and the last piece is done again. Who only looks takes what
-- there is.
local function pauses(self, mine)
  local last = #mine.jobs
  return self.looks or self.set.rung_at ~= nil and mine.rungs[last] < #self.set.rung_at
end

-- Its last piece is under way where there is no value of it.
local function add(self, entry, attrs, point)
  local mine = attrs.lrrun
  local state = mine.ends or STATES[entry.state] or "running"
  local trial = {
    id = entry.id, number = mine.number, seed = mine.seed, jobs = {}, reports = entry.reports,
    state = state, digest = attrs.digest, error = attrs.error, seconds = attrs.seconds,
    epochs = attrs.epochs, tries = attrs.tries, first = mine.jobs[1], point = point,
    params = self.space:params(point), again = mine.again, changes = mine.changes,
    share = mine.share, choice = mine.choice, steps = attrs.steps, ended = attrs.ended,
    from = mine.from, by_seed = attrs.by_seed, objectives = attrs.objectives,
  }
  local values, failed = mine.values, state == "fail"
  if state == "running" and #values == #mine.jobs and not pauses(self, mine) then
    values[#values] = nil
  end
  for i, number in ipairs(mine.jobs) do
    local value = values[i]
    local done = value ~= nil or failed
    local job = {
      number = number, trial = trial.number, rung = mine.rungs[i], done = done,
      value = done and value or nil, state = failed and i == #mine.jobs and "fail" or "pruned",
    }
    trial.jobs[i], self.recorded[number] = job, job
    trial.value = value or trial.value
  end
  local last = trial.jobs[#trial.jobs]
  if state == "complete" then
    last.state = "complete"
  elseif failed then
    trial.value, last.value = nil, nil
  end
  self.trials[trial.number] = trial
  self.count = math.max(self.count, trial.number + 1)
end

local function forget(self, number)
  local trial = self.trials[number]
  for _, job in ipairs(trial and trial.jobs or {}) do
    self.recorded[job.number] = nil
  end
  self.trials[number] = nil
end

-- What the journal lacks of an entry: how it ended, for programs that read it.
local function state_of(entry, trial)
  if entry.state ~= Journal.RUNNING then
    return nil
  elseif not trial then
    return { op_code = line.SET_STATE, trial_id = entry.id, state = Journal.FAIL }
  elseif trial.state ~= "running" then
    local states = { complete = Journal.COMPLETE, pruned = Journal.PRUNED, fail = Journal.FAIL }
    return { op_code = line.SET_STATE, trial_id = entry.id, state = states[trial.state],
      values = trial.value and (trial.objectives or { trial.value }) }
  end
  return nil
end

-- Takes an entry in, or gives why not; number: where it says one.
local function take(self, entry)
  local attrs, why = records.ATTRS:try(entry.attrs)
  if not attrs then
    return nil, why
  end
  local number = attrs.lrrun.number
  local fault, point = fault_of(self, entry, attrs.lrrun)
  if fault then
    self.damaged[number] = true
    return number, fault
  end
  forget(self, number)
  add(self, entry, attrs, point)
  return number, nil
end

local function notes_of(self, faults)
  local notes = {}
  for _, fault in ipairs(faults) do
    if not (fault.number and self.trials[fault.number]) then
      notes[#notes + 1] = ("%s: trial %s %s; it is done again with the same number and seed")
        :format(self.journal.path, fault.number or ("(id %d)"):format(fault.id), fault.why)
    end
  end
  return notes
end

--- Fills trials, recorded and count of a study that is being opened (study.lua), from entries
--- of its journal. Gives what is to be appended, and a note for each trial that is left out.
---@param self table
---@return table[] entries
---@return string[] notes
function restore.all(self)
  local faults, entries = {}, {}
  for _, entry in ipairs(self.journal.trials) do
    local is_ours = entry.ours and entry.study == self.id
    if is_ours and entry.attrs.lrrun then
      local number, why = take(self, entry)
      faults[#faults + 1] = why and { number = number, id = entry.id, why = why } or nil
      entries[#entries + 1] = state_of(entry, not why and self.trials[number])
    elseif is_ours or entry.damaged then
      entries[#entries + 1] = state_of(entry, nil)
    end
  end
  return entries, notes_of(self, faults)
end

return restore
