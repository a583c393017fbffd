--- The study on disk: a text file that is only appended to, one JSON object on each line.
--
-- The format is that of Optuna's JournalFileBackend, so that Optuna and optuna-dashboard
-- open it: ids are implicit (how many studies, how many trials came before), so a writer
-- takes the lock, reads what is new, appends, syncs and reads back. The lock is Optuna's
-- too: nobody may make `journal.log.lock` while it is there. What we put there names us,
-- so a lock of ours that a killed process left is taken at once (the study's folder is
-- locked by whoever may write, see study.lua); one of another program after 30 seconds, as
-- Optuna does. A torn last line is cut when the file is opened to append.
-- Layer: study.

local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local sys = require "lrrun.native.sys"

local Journal = {}
local Mt = { __index = Journal }

local journal = {
  --- Numbers of the operations that we write.
  CREATE_STUDY = 0, STUDY_ATTR = 2, CREATE_TRIAL = 4, SET_STATE = 6, REPORT = 7,
  TRIAL_ATTR = 8,
  --- Numbers of a trial's states.
  RUNNING = 0, COMPLETE = 1, PRUNED = 2, FAIL = 3,
}

local OURS = "lrrun "
local PATIENCE, PAUSE = 30, 0.02 -- seconds
local FIRST = { "op_code", "worker_id", "study_id", "trial_id" }
local NUMBERS = { nan = "NaN", inf = "Infinity", ["-inf"] = "-Infinity" }

-- Python's JSON has names for what others cannot hold.
local function number_text(x)
  if x ~= x then
    return NUMBERS.nan
  end
  return NUMBERS[tostring(x)] or json.number(x)
end

local function encode(self, entry)
  entry.worker_id = self.worker
  local text = json.encode(entry, { first = FIRST })
  if entry.intermediate_value then
    local number = number_text(entry.intermediate_value)
    text = text:gsub('"intermediate_value":[^,}]+', '"intermediate_value":' .. number)
  end
  return text
end

local function decode(line)
  local ok, entry = pcall(json.decode, line)
  if not ok and (line:find "NaN" or line:find "Infinity") then
    line = line:gsub(":%s*NaN", ":null"):gsub(":%s*%-?Infinity", ":null")
    ok, entry = pcall(json.decode, line)
  end
  return ok and type(entry) == "table" and entry or nil
end

-- What each operation does to what we know; those left out do not matter to us.
local apply = {}

apply[0] = function(self, e)
  for _, study in ipairs(self.studies) do
    if study.name == e.study_name and not study.deleted then
      return -- Optuna refuses it too
    end
  end
  self.studies[#self.studies + 1] = { id = #self.studies, name = e.study_name, attrs = {},
    directions = e.directions }
end

apply[1] = function(self, e)
  local study = self.studies[(e.study_id or -1) + 1]
  if study then
    study.deleted = true
  end
end

apply[2] = function(self, e)
  local study = self.studies[(e.study_id or -1) + 1]
  for key, value in pairs(study and e.user_attr or {}) do
    study.attrs[key] = value
  end
end

apply[4] = function(self, e)
  local study = self.studies[(e.study_id or -1) + 1]
  if not study or study.deleted then
    return
  end
  local trial = { id = #self.trials, study = study.id, state = e.state or 0,
    attrs = e.user_attrs or {}, params = e.params or {}, reports = {} }
  self.trials[#self.trials + 1] = trial
  if e.worker_id == self.worker then
    self.created = trial
  end
end

-- Finished trials do not change: Optuna ignores such lines too.
local function on_open_trial(f)
  return function(self, e)
    local trial = self.trials[(e.trial_id or -1) + 1]
    if trial and (trial.state == journal.RUNNING or trial.state == 4) then
      f(trial, e)
    end
  end
end

apply[6] = on_open_trial(function(trial, e)
  trial.state = e.state
  trial.value = type(e.values) == "table" and e.values[1] or nil
end)

apply[7] = on_open_trial(function(trial, e)
  trial.reports[#trial.reports + 1] = { e.step, e.intermediate_value or 0 / 0 }
end)

apply[8] = on_open_trial(function(trial, e)
  for key, value in pairs(e.user_attr or {}) do
    trial.attrs[key] = value
  end
end)

-- Takes in the whole lines that came since the last time.
local function refresh(self)
  local input <close>, why = file.open(self.path)
  if not input and file.kind(self.path) then
    errors.raise(nil, "%s", why)
  elseif not input then
    return -- nothing was written yet
  end
  local size = input:size()
  local text = size > self.offset and assert(input:read(self.offset, size - self.offset)) or ""
  local read = 0
  for line, after in text:gmatch "([^\n]*)\n()" do
    self.lines = self.lines + 1
    local entry = decode(line)
    if not entry then
      errors.raise(("%s:%d"):format(self.path, self.lines), "is no JSON object: the journal is "
        .. "damaged; remove this line, or the study's folder to begin again")
    end
    local f = apply[entry.op_code]
    if f then
      f(self, entry)
    end
    read = after - 1
  end
  self.offset = self.offset + read
end

local function is_ours(path)
  local text = file.read(path, 256)
  return text ~= nil and text:sub(1, #OURS) == OURS
end

local Lock = {
  __close = function(lock)
    file.remove(lock.path)
  end,
}

-- Ours can only be a dead process's: the study's folder is locked by this one.
local function take_lock(self)
  local path = self.path .. ".lock"
  local since = sys.now()
  while not file.claim(path, ("%s%d\n"):format(OURS, sys.pid())) do
    local gone, why
    if is_ours(path) or sys.now() - since > PATIENCE then
      gone, why = file.remove(path)
    end
    if why and file.kind(path) then
      errors.raise(nil, "cannot take the lock of the search's journal: %s", why)
    elseif not gone then
      sys.sleep(PAUSE)
    end
  end
  return setmetatable({ path = path }, Lock)
end

--- Appends entries (tables with the format's fields; worker_id is added) so that they are
--- on the disk when it returns, and gives the trial that the last CREATE_TRIAL made.
---@param entries table[]
function Journal:append(entries)
  local lines = {}
  for i, entry in ipairs(entries) do
    lines[i] = encode(self, entry) .. "\n"
  end
  local lock <close> = take_lock(self) -- luacheck: ignore lock
  local log <close> = file.log(self.path)
  refresh(self) -- ids count what others wrote too
  log:write(table.concat(lines))
  log:sync()
  refresh(self)
  return self.created
end

--- The study of this name, or nil: { id, name, attrs, directions }.
function Journal:study(name)
  for _, study in ipairs(self.studies) do
    if study.name == name and not study.deleted then
      return study
    end
  end
  return nil
end

-- What killed processes left beside the journal.
local function sweep(folder)
  for _, name in ipairs(file.list(folder) or {}) do
    if name:find "^journal%.log%.lock%.%d+$" then
      file.remove(folder .. "/" .. name)
    end
  end
end

--- What the journal of a study's folder holds by now, to be looked at only.
-- Fields: path, studies, trials (in the order of their ids: { id, study, state, params, attrs,
-- reports, value }). Raises where it is damaged.
---@param folder string
function journal.read(folder)
  local self = setmetatable({
    path = folder .. "/journal.log", worker = ("lrrun-%d"):format(sys.pid()),
    offset = 0, lines = 0, studies = {}, trials = {},
  }, Mt)
  refresh(self)
  return self
end

--- The same to append to: this process has locked the folder.
---@param folder string
function journal.open(folder)
  sweep(folder)
  return journal.read(folder)
end

return journal
