--- Trials as processes: each is `lrrun trial STUDY N`, started as a program of its own (launch.lua)
--- and never forked, so that one that crashes takes nothing with it. They end with the process
--- that started them. Layer: study.

local cause = require "lrrun.study.cause"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local next_folder = require "lrrun.record.next_folder"
local json = require "lrrun.record.json"
local records = require "lrrun.study.records"
local seal = require "lrrun.record.seal"
local stored = require "lrrun.record.stored"
local sys = require "lrrun.native.sys"
local trial = require "lrrun.study.trial"

local Workers = {}
local Mt = { __index = Workers }

local workers = {}

local INTERRUPTED = { [130] = true, [143] = true }
local SETTLE = 0.2 -- seconds until an interrupt of the whole group has reached us too
local LOG, JOB, OUTCOME = "worker.log", "job.json", "outcome.json"
local MOST_LOG = 1 << 24 -- bytes of what a worker says that are read

--- For the study in `folder`; `by` is who runs its trials, as launch.lua has it.
---@param folder string
---@param by table
function workers.new(folder, by)
  return setmetatable({ folder = folder, by = by, active = {}, count = 0, tidied = {} }, Mt)
end

--- The run folder of a trial: of its number, or the name that its work has for it (work.place).
---@param study_folder string
---@param name integer|string
function workers.place(study_folder, name)
  return ("%s/trials/%s"):format(study_folder, name)
end

-- The folder of a trial, made where there is none: a folder inside the study's, no link.
local function make(study_folder, trial_name)
  stored.path(study_folder, "trials", "dir")
  local name = ("trials/%s"):format(trial_name)
  stored.path(study_folder, name, "dir")
  next_folder.make(study_folder .. "/" .. name)
end

--- What a worker has to do, from its trial's folder.
---@param place string
---@return table
function workers.read_work(place)
  local work = stored.read(records.JOB, place, JOB)
  if not work then
    error(("%s/%s: there is nothing to do for this trial"):format(place, JOB), 0)
  end
  local curves = work.median and work.median.curves or {}
  for i, curve in ipairs(curves) do
    curves[i] = records.reports(curve) or records.JOB:fail(place .. "/" .. JOB,
      ("'median.curves[%d]' is no list of epochs and values"):format(i))
  end
  return work
end

--- Writes what came of it.
---@param place string
---@param outcome table
function workers.write_outcome(place, outcome)
  local text = json.encode(outcome, { indent = true }) .. "\n"
  file.write(place .. "/" .. OUTCOME, seal.close(text, "json"))
end

--- Whether another trial may begin now.
function Workers:has_room()
  return self.count < self.by.most
end

function Workers:start(work)
  local name = work.place or work.number
  local place = workers.place(self.folder, name)
  make(self.folder, name)
  if work.fresh then
    trial.clear(place)
  end
  file.write(place .. "/" .. JOB, json.encode(work, { indent = true }) .. "\n")
  file.remove(place .. "/" .. OUTCOME)
  file.remove(place .. "/" .. LOG)
  local id = self.by:start(work, place .. "/" .. LOG)
  self.active[id] = { work = work, place = place, since = sys.now() }
  self.count = self.count + 1
end

-- The last thing that the worker said before it failed.
local function complaint(place)
  local message
  for line in (file.read(place .. "/" .. LOG, MOST_LOG) or ""):gmatch "[^\n]+" do
    local said = line:match "^lrrun: (.*)"
    if said and not said:find "^warning:" then
      message = said
    end
  end
  return message
end

-- The outcome that a worker left, or nil and what is wrong with it.
local function left(item)
  local ok, outcome = pcall(stored.read, records.OUTCOME, item.place, OUTCOME)
  local reports = ok and outcome and records.reports(outcome.reports)
  if not ok then
    return nil, tostring(errors.shown(outcome))
  elseif not outcome or outcome.job ~= item.work.job then
    return nil, "ended without a result"
  elseif not reports then
    return nil, ("%s/%s: 'reports' is no list of epochs and values"):format(item.place, OUTCOME)
  end
  outcome.reports = reports
  return outcome
end

local function outcome_of(item, code)
  local own, outside
  if code == 0 then
    local outcome, why = left(item)
    if outcome then
      return outcome
    end
    outside = why
  else
    own, outside = cause.of(code, complaint(item.place))
  end
  return { error = own, outside = outside, seconds = sys.now() - item.since }
end

--- Results that have come in: list of { job number, outcome }.
function Workers:poll()
  local done = {}
  for id, item in pairs(self.active) do
    local code = self.by:ended(id)
    if code and INTERRUPTED[code] and not item.dropped and not sys.interrupted() then
      sys.sleep(SETTLE)
    end
    if code then
      self.active[id] = nil
      self.count = self.count - 1
      if not (item.dropped or INTERRUPTED[code] and sys.interrupted()) then
        done[#done + 1] = { item.work.job, outcome_of(item, code) }
      end
    end
  end
  table.sort(done, function(a, b)
    return a[1] < b[1]
  end)
  return done
end

local function remove_checkpoints(place)
  for _, name in ipairs(file.list(place .. "/checkpoints") or {}) do
    file.remove(place .. "/checkpoints/" .. name)
  end
end

--- Removes the checkpoints of trials that will not go on, but the best one's: they take three
--- times the room of the weights. Weights and figures stay, the latter
--- alone of kinds that say so.
---@param study table
function Workers:tidy(study)
  local best = not study.kind.drops_weights and study:best() or nil
  for number = 0, study.count - 1 do
    local t = study.trials[number]
    if t and t.state ~= "running" and t ~= best and not self.tidied[number]
      and not (study.kind.keeps and study.kind.keeps(study, number)) then
      local place = workers.place(self.folder, number)
      remove_checkpoints(place)
      for _, name in ipairs(file.list(place) or {}) do
        if name:find "^seed%-%d+$" or name:find "^fold%-%d+$" then
          remove_checkpoints(place .. "/" .. name)
        end
      end
      if study.kind.drops_weights then
        file.remove(workers.place(self.folder, number) .. "/weights.safetensors")
      end
      self.tidied[number] = true
    end
  end
end

--- Whether a worker is at this job.
---@param job integer
function Workers:has(job)
  for _, item in pairs(self.active) do
    if item.work.job == job and not item.dropped then
      return true
    end
  end
  return false
end

--- Asks the worker of a job to end; nothing is heard of it any more.
---@param job integer
function Workers:drop(job)
  for id, item in pairs(self.active) do
    if item.work.job == job and not item.dropped then
      item.dropped = true
      self.by:stop_one(id)
    end
  end
end

--- Ends all workers so that they save where they are, and waits for them.
function Workers:stop()
  self.by:stop()
  while next(self.active) do
    for id in pairs(self.active) do
      local ok, code = pcall(self.by.ended, self.by, id)
      if not ok or code then
        self.active[id] = nil
      end
    end
    sys.sleep(0.01)
  end
end

return workers
