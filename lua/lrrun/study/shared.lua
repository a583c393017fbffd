--- What processes of several hosts that work on one study have in common: files in its folder
--- `joined`, each made once and never changed (file.claim).
--
-- settings.json has what the study was told; N.trial.json what trial N tries: the first that comes
-- to it says so, so that another processor's last bits do not matter; J.result.json what came of
-- piece of work J; leases (lease.lua) say who is at which. The journal is written from these
-- (scribe.lua), and a study goes on alone from them (take_in.lua). Layer: study.

local distribution = require "lrrun.study.distribution"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local lease = require "lrrun.study.lease"
local next_folder = require "lrrun.record.next_folder"
local records = require "lrrun.study.records"
local seal = require "lrrun.record.seal"
local stored = require "lrrun.record.stored"

local Shared = {}
local Mt = { __index = Shared }

local shared = {}

local NAME, SETTINGS = "joined", "settings.json"

--- Whether processes have joined in a study's folder.
---@param folder string
---@return boolean
function shared.is_there(folder)
  return file.kind(("%s/%s/%s"):format(folder, NAME, SETTINGS)) ~= nil
end

--- That of a study's folder.
---@param folder string
---@param opts { seconds: number?, host: string } of this process's leases
function shared.new(folder, opts)
  local place = folder .. "/" .. NAME
  stored.path(folder, NAME, "dir") -- no link
  return setmetatable({ study = folder, folder = place,
    leases = lease.new(place, opts.seconds or lease.SECONDS, opts.host), results = {} }, Mt)
end

--- Makes the folder.
function Shared:make()
  next_folder.make(self.folder)
end

-- Puts a record in its place, unless there is one.
local function claim(self, name, record)
  local text = seal.close(json.encode(record, { indent = true }) .. "\n", "json")
  return file.claim(self.folder .. "/" .. name, text, true)
end

-- The record of a name, or nil. One that is damaged is no guess.
local function read(self, desc, name)
  local ok, found = pcall(stored.read, desc, self.folder, name)
  if not ok then
    local stopped = errors.stopped(found)
    error(stopped or ("%s; where this file is removed, what it says is done again"):format(
      tostring(errors.shown(found))), 0)
  end
  return found
end

--- Settings that the study has; nil before it has any.
---@return table?
function Shared:settings()
  local found = read(self, records.SHARED, SETTINGS)
  return found and found.settings
end

--- Puts settings down, unless there are some.
---@param kept table
function Shared:put_settings(kept)
  claim(self, SETTINGS, { settings = kept })
end

-- A trial as study.lua has it, of its record.
local function proposed(self, study, number)
  local name = ("%d.trial.json"):format(number)
  local found = read(self, records.PROPOSED, name)
  if not found then
    return nil
  end
  local ok, point = pcall(distribution.point, study.space, found.params)
  if not ok or not pcall(study.space.native.check, study.space.native, point) then
    error(("%s/%s: has values outside of the recipe's search space"):format(self.folder, name), 0)
  end
  return { point = point, params = study.space:params(point), seed = found.seed,
    from = found.from, changes = found.changes }
end

--- What the trial of a new job tries: as it was said before or, where nobody has, as the study's
--- kind says now. `alone`, where it is set, nothing is put down for others.
---@param study table
---@param job table
---@return table
function Shared:propose(study, job)
  local there = proposed(self, study, job.trial)
  if there then
    return there
  end
  local mine = study.kind.propose(study, job)
  if self.alone then
    return mine
  end
  local made = claim(self, ("%d.trial.json"):format(job.trial), { seed = mine.seed,
    params = distribution.fields(study.space, mine.point), from = mine.from,
    changes = mine.changes })
  return made and mine or assert(proposed(self, study, job.trial))
end

--- Looks at what there is by now: leases.newest, and results, a set of jobs' numbers. Raises where
--- the study's folder has been taken over or removed.
function Shared:scan()
  local others = self.leases:scan()
  if not others[SETTINGS] then
    errors.raise(nil, "%s is gone: the study goes on without --join, or was removed", self.folder)
  end
  for name in pairs(others) do
    local job = name:match "^(%d+)%.result%.json$"
    if job and #job < 16 then
      self.results[math.tointeger(tonumber(job))] = true
    end
  end
end

--- What came of a job, as Study:finish takes it, with `place`, the name of its folder in `trials`;
--- nil where nothing has yet.
---@param job integer
---@return table?
function Shared:result(job)
  local name = ("%d.result.json"):format(job)
  local found = read(self, records.RESULT, name)
  if found then
    found.reports = records.reports(found.reports) or records.RESULT:fail(
      self.folder .. "/" .. name, "'reports' is no list of epochs and values")
  end
  return found
end

--- Says what came of a job, unless that was said. Gives whether this is what counts.
---@param job integer
---@param outcome table
---@param place string
---@return boolean
function Shared:publish(job, outcome, place)
  local record = { place = place, job = job }
  for key, value in pairs(outcome) do
    record[key] = value
  end
  self.results[job] = true
  return claim(self, ("%d.result.json"):format(job), record)
end

--- Takes the folder away: the journal has what was in it.
function Shared:remove()
  file.remove(self.folder .. "/" .. SETTINGS)
  for _, name in ipairs(file.list(self.folder) or {}) do
    file.remove(self.folder .. "/" .. name)
  end
  file.remove(self.folder)
end

return shared
