--- The study on disk: a text file that is only appended to, one JSON object on each line.
--
-- The format is that of Optuna's JournalFileBackend, so that Optuna and optuna-dashboard
-- open it: ids are implicit (how many studies, how many trials came before), so a writer
-- takes the lock, reads what is new, appends, syncs and reads back. The lock is Optuna's
-- too: nobody may make `journal.log.lock` while it is there. What we put there names us,
-- so a lock of ours that a killed process left is taken at once (the study's folder is
-- locked by whoever may write, see study.lua); one of another program after 30 seconds, as
-- Optuna does. A torn last line is cut when the file is opened to append.
--
-- Lines are sealed (line.lua): those that are damaged are passed over and named in `notes`,
-- doubled ones count once, moved ones in their place; a trial that misses one is `damaged`.
-- Layer: study.

local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local line = require "lrrun.study.line"
local order = require "lrrun.study.order"
local stored = require "lrrun.record.stored"
local sys = require "lrrun.native.sys"

local Journal = {}
local Mt = { __index = Journal }

local journal = {
  --- Numbers of a trial's states.
  RUNNING = 0, COMPLETE = 1, PRUNED = 2, FAIL = 3,
}

local OURS, NAME = "lrrun ", "journal.log"
local PATIENCE, PAUSE = 30, 0.02 -- seconds
local MOST = 1 << 30 -- bytes of a journal that are read
local MOST_LOST = 10000 -- lines that may be missing at one place
local MOST_NOTES = 20

local function note(self, number, fmt, ...)
  self.noted = self.noted + 1
  if self.noted <= MOST_NOTES then
    self.notes[self.noted] = ("%s:%d: "):format(self.path, number) .. fmt:format(...)
  elseif self.noted > MOST_NOTES then
    self.notes[MOST_NOTES + 1] = ("%s: %d more lines are damaged"):format(self.path,
      self.noted - MOST_NOTES)
  end
end

-- A trial whose first line is not there, or that of another program.
local function strange_trial(self)
  local trial = { id = #self.trials, study = -1, state = journal.RUNNING, attrs = {}, params = {},
    reports = {}, lines = 0 }
  self.trials[#self.trials + 1] = trial
  return trial
end

-- The item of this place (from 0) in a list, whose first line may be missing.
local function item_of(list, place, lost, make)
  if place >= #list and place - #list < math.min(lost, MOST_LOST) then
    while #list <= place do
      make()
    end
  end
  return list[place + 1]
end

local function study_of(self, e)
  return item_of(self.studies, e.study_id, e.sealed and self.broken or 0, function()
    self.studies[#self.studies + 1] = { id = #self.studies, attrs = {} }
  end)
end

-- Counts a line of a trial; one that is not there damages it.
local function count(trial, e)
  if e.k and e.k ~= trial.lines then
    trial.damaged = trial.damaged or e.line
  end
  trial.lines = math.max(trial.lines, e.k or 0) + 1
end

-- What each operation does to what we know.
local apply = {}

apply[line.CREATE_STUDY] = function(self, e)
  for _, study in ipairs(self.studies) do
    if study.name == e.study_name and not study.deleted then
      return -- Optuna refuses it too
    end
  end
  self.studies[#self.studies + 1] = { id = #self.studies, name = e.study_name, attrs = {} }
end

apply[line.DELETE_STUDY] = function(self, e)
  local study = self.studies[e.study_id + 1]
  if study then
    study.deleted = true
  end
end

apply[line.STUDY_ATTR] = function(self, e)
  local study = study_of(self, e)
  for key, value in pairs(study and e.user_attr or {}) do
    study.attrs[key] = value
  end
end

-- The trial's place; ours say it, where lines of others were moved or lost.
local function place_of(self, e)
  if not (e.ours and e.id) then
    return strange_trial(self)
  end
  local lost = item_of(self.trials, e.id - 1, self.broken, function()
    strange_trial(self)
  end)
  local there = self.trials[e.id + 1]
  if not there then
    return (lost or e.id == 0) and strange_trial(self) or nil
  elseif there.ours then
    return nil
  end
  local other = strange_trial(self)
  self.trials[e.id + 1], self.trials[other.id + 1] = other, there
  there.id, other.id = other.id, e.id
  return other
end

apply[line.CREATE_TRIAL] = function(self, e)
  local study = study_of(self, e)
  if not study or study.deleted then
    return nil
  end
  local trial = place_of(self, e)
  if not trial then
    return "begins a trial that is there"
  end
  trial.study, trial.state, trial.ours = study.id, e.state or journal.RUNNING, e.ours
  trial.attrs, trial.params = e.user_attrs or {}, e.params or {}
  trial.distributions = e.distributions or {}
  if e.ours then
    count(trial, e)
  end
  if e.worker_id == self.worker then
    self.created = trial
  end
  return nil
end

-- Finished trials do not change: Optuna ignores such lines too.
local function on_trial(f)
  return function(self, e)
    if not e.ours then
      return nil
    end
    local trial = item_of(self.trials, e.trial_id, e.sealed and self.broken or 0, function()
      strange_trial(self).damaged = e.line
    end)
    if not trial then
      return ("names trial %d, which no line began"):format(e.trial_id)
    end
    count(trial, e)
    if trial.state == journal.RUNNING then
      f(trial, e)
    end
    return nil
  end
end

apply[line.SET_STATE] = on_trial(function(trial, e)
  trial.state = e.state
end)

apply[line.REPORT] = on_trial(function(trial, e)
  trial.reports[#trial.reports + 1] = { e.step, e.intermediate_value or 0 / 0 }
end)

apply[line.TRIAL_ATTR] = on_trial(function(trial, e)
  for key, value in pairs(e.user_attr) do
    trial.attrs[key] = value
  end
end)

-- The entries of a text of whole lines.
local function entries_of(self, text)
  local entries = {}
  for one in text:gmatch "([^\n]*)\n" do
    self.lines = self.lines + 1
    local entry, why = line.decode(one)
    if why then
      self.broken = self.broken + 1
      note(self, self.lines, "%s; the line is passed over, and what it said is done again", why)
    elseif entry then
      entry.line, entry.crc = self.lines, one:sub(-10, -3)
      entries[#entries + 1] = entry
    end
  end
  return entries
end

-- Takes in the whole lines that came since the last time. Gives how many bytes are behind them.
local function refresh(self)
  local input <close>, why = file.open(self.path)
  if not input and file.kind(self.path) then
    errors.raise(nil, "%s", why)
  elseif not input then
    return 0 -- nothing was written yet
  end
  local size = input:size()
  if size > MOST then
    errors.raise(nil, "%s has %d bytes, at most %d are read", self.path, size, MOST)
  end
  local text = size > self.offset and assert(input:read(self.offset, size - self.offset)) or ""
  local whole = text:match ".*\n()" -- from the end: each other way reads long lines often
  whole = whole and whole - 1 or 0
  for _, e in ipairs(order.entries(self, note, entries_of(self, text:sub(1, whole)))) do
    local wrong = apply[e.op_code](self, e)
    if wrong then
      note(self, e.line, "%s; the line is passed over", wrong)
    end
  end
  self.offset = self.offset + whole
  return #text - whole
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
      errors.raise(nil, "cannot take the lock of the study's journal: %s", why)
    elseif not gone then
      sys.sleep(PAUSE)
    end
  end
  return setmetatable({ path = path }, Lock)
end

-- The texts of entries behind what is there.
local function texts_of(self, entries)
  local texts, counts = {}, {}
  for i, e in ipairs(entries) do
    e.worker_id = self.worker
    local k
    if e.op_code == line.CREATE_TRIAL then
      e.id, k = #self.trials, 0
    elseif e.trial_id then
      k = counts[e.trial_id] or self.trials[e.trial_id + 1].lines
      counts[e.trial_id] = k + 1
    end
    texts[i] = line.encode(e, self.next_n + i - 1, k)
  end
  return table.concat(texts)
end

--- Appends entries (tables with the format's fields; the rest is added) so that they are
--- on the disk when it returns, and gives the trial that the last CREATE_TRIAL made. At most
--- one of them makes a trial.
---@param entries table[]
function Journal:append(entries)
  local lock <close> = take_lock(self) -- luacheck: ignore lock
  local log <close> = file.log(self.path)
  refresh(self) -- ids count what others wrote too
  log:write(texts_of(self, entries))
  log:sync()
  refresh(self)
  return self.created
end

--- The study of this name, or nil: { id, name, attrs }. One whose first line is damaged may
--- have been called anything.
function Journal:study(name)
  for _, study in ipairs(self.studies) do
    if (study.name == name or study.name == nil) and not study.deleted then
      return study
    end
  end
  return nil
end

--- Whether there is a trial of ours of this study.
function Journal:has_trials(study)
  for _, trial in ipairs(self.trials) do
    if trial.study == study and trial.ours then
      return true
    end
  end
  return false
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
-- reports, ours, damaged = a line where something of it is missing }), notes = what is wrong
-- with lines, a text each.
---@param folder string
function journal.read(folder)
  stored.path(folder, NAME)
  local self = setmetatable({
    path = folder .. "/" .. NAME, worker = ("lrrun-%d"):format(sys.pid()), offset = 0,
    lines = 0, next_n = 0, by_n = {}, lost = 0, broken = 0, noted = 0, notes = {},
    studies = {}, trials = {},
  }, Mt)
  if refresh(self) > 0 then
    note(self, self.lines + 1, "is cut off; it is dropped, and what it said is done again")
  end
  return self
end

--- The same to append to: this process has locked the folder.
---@param folder string
function journal.open(folder)
  sweep(folder)
  return journal.read(folder)
end

return journal
