--- Writes the journal of a study that several processes work on: what a study in memory knows, and
--- the journal does not yet. One process at a time does (joined.lua); where two should, or one has
--- died in the midst of it, the next one adds what is missing. Layer: study.

local Journal = require "lrrun.study.journal"
local restore = require "lrrun.study.restore"
local trial_lines = require "lrrun.study.trial_lines"

local Scribe = {}
local Mt = { __index = Scribe }

local scribe = {}

-- How far a trial has come.
local function stage_of(trial)
  local done = 0
  for _, job in ipairs(trial.jobs) do
    done = done + (job.done and 1 or 0)
  end
  return ("%d %d %s"):format(#trial.jobs, done, trial.state)
end

-- The study's lines in the journal, where it has none.
local function begin(study, journal)
  if journal:study(study.name) then
    return
  end
  journal:append(study:opening())
end

--- Reads the journal as it is.
---@param study table study.lua's, in memory
function scribe.new(study)
  local journal = Journal.read(study.folder) -- one that was stopped may still be at it
  begin(study, journal)
  local there = { journal = journal, space = study.space, kind = study.kind, set = study.set,
    id = journal:study(study.name).id, trials = {}, count = 0, recorded = {}, damaged = {} }
  local entries = restore.all(there)
  if entries[1] then
    journal:append(entries)
  end
  local known = {}
  for number, trial in pairs(there.trials) do
    known[number] = { id = trial.id, stage = stage_of(trial), reports = #trial.reports }
  end
  return setmetatable({ journal = journal, known = known, damaged = there.damaged }, Mt)
end

-- What is known of a trial, which is begun in the journal where it is not.
local function begun(self, study, trial)
  local known = self.known[trial.number]
  if not known then
    trial.again = self.damaged[trial.number] or trial.again
    local made = self.journal:append { trial_lines.create(study, trial) }
    known = { id = made.id, reports = 0, stage = "" }
    self.known[trial.number] = known
  end
  trial.id = known.id
  return known
end

local function add(self, study, trial)
  local known, entries = begun(self, study, trial), {}
  trial_lines.reports(entries, trial, trial.reports, known.reports)
  trial_lines.result(entries, trial, trial)
  if trial.state ~= "running" then
    trial_lines.ended(entries, trial)
  else
    entries[#entries + 1] = trial_lines.own(trial)
  end
  self.journal:append(entries)
  known.reports, known.stage = #trial.reports, stage_of(trial)
end

--- Writes what is new, as long as `may` says so.
---@param study table
---@param may fun(): boolean
function Scribe:write(study, may)
  for number = 0, study.count - 1 do
    local trial = study.trials[number]
    local known = self.known[number]
    if trial and not (known and known.stage == stage_of(trial)) then
      if not may() then
        return
      end
      add(self, study, trial)
    end
  end
end

return scribe
