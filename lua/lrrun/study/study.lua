--- A study: trials of one recipe, what was found, and its journal on the disk.
--
-- It says which work is next and takes results in. What is tried is said by its kind
-- (searching.lua, advice.lua), who does the work is a runner's affair (workers.lua, inside.lua).
-- All that a later process needs to go on is in the journal before the work begins and before
-- its result counts. Layer: study.

local Journal = require "lrrun.study.journal"
local best_trial = require "lrrun.study.best"
local current = require "lrrun.util.current"
local distribution = require "lrrun.study.distribution"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local line = require "lrrun.study.line"
local population = require "lrrun.study.population"
local records = require "lrrun.study.records"
local next_folder = require "lrrun.record.next_folder"
local restore = require "lrrun.study.restore"
local result_of = require "lrrun.study.result"
local searching = require "lrrun.study.searching"
local strategies = require "lrrun.search.strategies"
local tries = require "lrrun.study.tries"

local Study = {}
local Mt = { __index = Study }

local study = {}

local STATES = { complete = Journal.COMPLETE, pruned = Journal.PRUNED, fail = Journal.FAIL }

-- When: for people who read the journal; nothing depends on it.
local function now()
  return os.date "!%Y-%m-%dT%H:%M:%S.000000+00:00"
end

local function write(self, entries)
  return self.journal and self.journal:append(entries)
end

local function add_job(self, trial, job)
  trial.jobs[#trial.jobs + 1] = job
  self.recorded[job.number] = job
end

-- What is wrong with the journal, for the person.
local function tell(notes)
  for _, note in ipairs(notes) do
    current.out():warn("%s", note)
  end
end

-- The study of the journal that this one is, and its settings. One whose settings cannot be read
-- does not go on under others.
local function find(self, cfg)
  local found = self.journal:study(cfg.name)
  if found == nil and self.journal.studies[1] then
    errors.raise(nil, "%s: %s holds a study called '%s', not '%s'", cfg.who, self.journal.path,
      self.journal.studies[1].name or "?", cfg.name)
  end
  local kept = found and found.attrs.lrrun
  if found and not kept and self.journal:has_trials(found.id) then
    errors.raise(nil, "%s: %s: both lines that say the study's settings are damaged; remove the "
      .. "study's folder to begin again", cfg.who, self.journal.path)
  end
  return found, kept and records.SETTINGS:check(kept, ("%s: %s: the study's settings"):format(
    cfg.who, self.journal.path))
end

-- Who says what is tried, where the caller does not.
local function kind_of(cfg, kept)
  local strategy = kept and kept.strategy or strategies.from(cfg.strategy, cfg.who)
  return strategy.kind == "search.pbt" and population or searching
end

-- As Optuna counts them.
local function directions(set)
  local out = {}
  for i, item in ipairs(set.objectives or { set.kept }) do
    out[i] = item.mode == "max" and 2 or 1
  end
  return out
end

local function load(self, cfg)
  self.journal = Journal.open(cfg.folder)
  tell(self.journal.notes)
  local found, kept = find(self, cfg)
  if not found then
    next_folder.check(cfg.folder) -- before the kind finds out what takes long
  end
  self.kind = self.kind or kind_of(cfg, kept)
  self.set = self.kind.settings(cfg, kept)
  self.id = found and found.id or 0
  local entries = {}
  if not found then
    entries[1] = { op_code = line.CREATE_STUDY, study_name = cfg.name,
      directions = directions(self.set) }
  end
  for _ = 1, self.set.changed and 2 or 0 do -- twice: nothing else says them
    entries[#entries + 1] = { op_code = line.STUDY_ATTR, study_id = self.id,
      user_attr = { lrrun = self.set.kept } }
  end
  local more, notes = restore.all(self)
  tell(notes)
  table.move(more, 1, #more, #entries + 1, entries)
  if entries[1] then
    write(self, entries)
  end
end

--- Raises what is wrong with a study that would begin (cfg as for open).
---@param cfg table
function study.check(cfg)
  kind_of(cfg, nil).settings(cfg, nil)
end

--- Opens or begins a study. cfg: folder (locked by it as long as the study lives; nil: only
-- in memory), name, who (for messages), space, strategy, pruner, trials, seed, monitor,
-- mode, identity (a text that tells the recipe from others), length = { amount, unit } of
-- the recipe, portable = whether proposals are the same on any CPU; kind = who says what is
-- tried, searching.lua without it. Raises where the folder holds the study of another recipe, or
-- another process is at it.
---@param cfg table
function study.open(cfg)
  local self = setmetatable({
    name = cfg.name, folder = cfg.folder, space = cfg.space, kind = cfg.kind,
    trials = {}, count = 0,
    recorded = {}, todo = {}, stuck = {}, damaged = {},
  }, Mt)
  if cfg.folder then
    self.lock = file.lock(cfg.folder)
    local ok, why = pcall(load, self, cfg)
    if not ok then
      self.lock:close()
      error(why, 0)
    end
  else
    self.kind = self.kind or kind_of(cfg, nil)
    self.set = self.kind.settings(cfg, nil)
  end
  self.sequence = self.kind.sequence(self)
  return self
end

local function attributes(trial)
  local mine = { number = trial.number, seed = trial.seed, jobs = {}, rungs = {},
    values = json.array {}, again = trial.again, changes = trial.changes, share = trial.share,
    choice = trial.choice, from = trial.from,
    ends = trial.state ~= "running" and trial.state or nil }
  for i, job in ipairs(trial.jobs) do
    mine.jobs[i], mine.rungs[i] = job.number, job.rung
    if job.done and job.value then
      mine.values[i] = job.value
    end
  end
  return mine
end

local function begin_trial(self, job)
  local number = job.trial
  local trial = self.kind.propose(self, job)
  trial.number, trial.jobs, trial.reports, trial.state = number, {}, {}, "running"
  trial.first, trial.fresh, trial.again = job.number, true, self.damaged[number]
  self.trials[number] = trial
  self.count = math.max(self.count, number + 1)
  add_job(self, trial, job)
  local params, texts = distribution.fields(self.space, trial.point)
  local made = write(self, { {
    op_code = line.CREATE_TRIAL, study_id = self.id, datetime_start = now(), params = params,
    distributions = texts, user_attrs = { lrrun = attributes(trial) },
  } })
  trial.id = made and made.id
  return trial
end

-- A paused trial's next piece.
local function continue_trial(self, trial, job)
  add_job(self, trial, job)
  write(self, { { op_code = line.TRIAL_ATTR, trial_id = trial.id,
    user_attr = { lrrun = attributes(trial) } } })
end

-- What the runner is told.
local function work(self, trial, job)
  local fresh = trial.fresh
  trial.fresh = nil
  local out = { job = job.number, number = trial.number, seed = trial.seed, fresh = fresh,
    monitor = self.set.monitor, sign = self.set.sign, begun = #trial.jobs > 1 }
  self.kind.ask(self, trial, job, out)
  return out
end

--- The next piece of work, "wait" where results have to come in first, nil at the end.
function Study:next()
  if self.halted then
    return "wait"
  end
  local again = table.remove(self.todo, 1)
  if again then
    return work(self, self.trials[again.trial], again)
  end
  while true do
    local job = self.sequence:next(function(n)
      return self.recorded[n]
    end)
    if job == nil or job == "wait" then
      return job
    end
    local trial = self.trials[job.trial]
    if not trial then
      return work(self, begin_trial(self, job), job)
    elseif self.recorded[job.number] then
      self.kind.check(self, trial, job)
      if not job.done then
        return work(self, trial, job)
      end
    elseif trial.state == "running" then
      continue_trial(self, trial, job)
      return work(self, trial, job)
    else -- it ended before this rung: nothing to do
      local last = trial.jobs[#trial.jobs]
      job.done, job.value, job.state = true, last.value, last.state
      trial.jobs[#trial.jobs + 1] = job
    end
  end
end

local function is_finite(x)
  return type(x) == "number" and x == x and math.abs(x) ~= math.huge
end

local function best_of(self, reports)
  local best
  for _, report in ipairs(reports) do
    local value = report[2]
    if is_finite(value) and (not best or self.set.sign * value < self.set.sign * best) then
      best = value
    end
  end
  return best
end

local function attribute(trial, key, value)
  return { op_code = line.TRIAL_ATTR, trial_id = trial.id, user_attr = { [key] = value } }
end

-- Reports that are new, and what else the journal is to know of the trial.
local function entries_of(trial, outcome)
  local entries = {}
  for i = #trial.reports + 1, #(outcome.reports or {}) do
    local report = outcome.reports[i]
    entries[#entries + 1] = { op_code = line.REPORT, trial_id = trial.id, step = report[1],
      intermediate_value = report[2] }
  end
  for _, key in ipairs { "digest", "error", "seconds", "epochs", "steps", "ended", "by_seed",
    "objectives" } do
    trial[key] = outcome[key] or trial[key]
    if outcome[key] ~= nil then
      entries[#entries + 1] = attribute(trial, key, outcome[key])
    end
  end
  return entries
end

local function state_entry(trial, state)
  local values = trial.value and (trial.objectives or { trial.value })
  return { op_code = line.SET_STATE, trial_id = trial.id, state = state,
    values = values or json.null, datetime_complete = now() }
end

local function end_trial(trial, state, entries)
  trial.state = state
  entries[#entries + 1] = attribute(trial, "lrrun", attributes(trial))
  entries[#entries + 1] = state_entry(trial, STATES[state])
end

--- Takes a result in. outcome: reports = { { epoch, value }, ... } of the whole trial, reason,
-- paused (at a rung), digest, seconds, epochs; or error, why the trial failed; or outside, what
-- kept it from its end (a kill, a full disk).
---@param number integer of the job
---@param outcome table
function Study:finish(number, outcome)
  local job = self.recorded[number]
  local trial = self.trials[job.trial]
  if outcome.outside and tries.again(self, trial, job, outcome) then
    if not self.halted then
      write(self, { attribute(trial, "tries", trial.tries) })
    end
    return trial
  end
  trial.trouble = nil
  local value = (self.kind.value or best_of)(self, outcome.reports or {})
  if not outcome.error and not value then
    outcome.error, outcome.ended = ("no finite %s"):format(self.set.monitor), "diverged"
  end
  local entries = entries_of(trial, outcome)
  trial.reports = outcome.reports or trial.reports
  job.done = true
  if outcome.error then
    job.state, trial.value = "fail", nil
    end_trial(trial, "fail", entries)
  else
    job.value, trial.value = value, value
    local pruned = outcome.paused or outcome.reason == "pruned"
    job.state = pruned and "pruned" or "complete"
    if outcome.paused then
      entries[#entries + 1] = attribute(trial, "lrrun", attributes(trial))
    else
      end_trial(trial, job.state, entries)
    end
  end
  write(self, entries)
  return trial
end

--- Why the study cannot go on by now, or nil: { trial = number, why, tries = how often it was
--- tried, left = how often it will be }; the last two only where the trial was killed.
function Study:trouble()
  return tries.trouble(self)
end

--- At the end: trials that pause and will not go on are pruned ones.
function Study:close()
  local entries = {}
  for number = 0, self.count - 1 do
    local trial = self.trials[number]
    if trial and trial.state == "running" and trial.value then
      end_trial(trial, "pruned", entries)
    end
  end
  if entries[1] then
    write(self, entries)
  end
end

--- The best trial (best.lua); nil where none has a value.
function Study:best()
  return best_trial(self)
end

--- The study as plain tables: what --json prints.
function Study:result()
  return result_of(self)
end

return study
