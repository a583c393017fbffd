--- A study: trials of one recipe, what was found, and its journal on the disk.
--
-- It says which work is next and takes results in. What is tried is said by its kind
-- (searching.lua, advice.lua), who does the work is a runner's affair (workers.lua, inside.lua).
-- All that a later process needs to go on is in the journal before the work begins and before
-- its result counts. Layer: study.

local Journal = require "lrrun.study.journal"
local best_trial = require "lrrun.study.best"
local counted = require "lrrun.util.counted"
local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local line = require "lrrun.study.line"
local population = require "lrrun.study.population"
local records = require "lrrun.study.records"
local next_folder = require "lrrun.record.next_folder"
local restore = require "lrrun.study.restore"
local result_of = require "lrrun.study.result"
local searching = require "lrrun.study.searching"
local strategies = require "lrrun.search.strategies"
local trial_lines = require "lrrun.study.trial_lines"
local tries = require "lrrun.study.tries"

local Study = {}
local Mt = { __index = Study }

local study = {}

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

-- Adds the settings, twice: nothing else says them.
local function add_settings(self, entries)
  for _ = 1, 2 do
    entries[#entries + 1] = { op_code = line.STUDY_ATTR, study_id = self.id,
      user_attr = { lrrun = self.set.kept } }
  end
  return entries
end

--- What a journal has of the study alone.
---@return table[]
function Study:opening()
  return add_settings(self, { { op_code = line.CREATE_STUDY, study_name = self.name,
    directions = directions(self.set) } })
end

local function load(self, cfg)
  self.journal = Journal.open(cfg.folder)
  tell(self.journal.notes)
  local found, kept = find(self, cfg)
  if not found then
    next_folder.check(cfg.folder) -- before the kind finds out what takes long
    kept = cfg.shared and cfg.shared:settings()
  end
  self.kind = self.kind or kind_of(cfg, kept)
  self.set = self.kind.settings(cfg, kept)
  self.id = found and found.id or 0
  local entries = not found and self:opening()
    or self.set.changed and add_settings(self, {}) or {}
  local more, notes = restore.all(self)
  tell(notes)
  table.move(more, 1, #more, #entries + 1, entries)
  if entries[1] then
    write(self, entries)
  end
end

-- A study that processes have joined has as many trials as it had then.
local function check_trials(cfg, agreed)
  if agreed and cfg.trials and cfg.trials ~= agreed.trials then
    errors.raise(cfg.flags.trials, "%s: the study that others joined has %s, not %d; leave "
      .. "--trials away, or when they have ended change it by a search without --join", cfg.who,
      counted(agreed.trials, "trial"), cfg.trials)
  end
end

-- The same in memory: what the journal says, and settings that all processes agree on.
local function join(self, cfg)
  self.journal = Journal.read(cfg.folder)
  local found, of_journal = find(self, cfg)
  local agreed = cfg.shared:settings()
  local kept = agreed or of_journal
  check_trials(cfg, agreed)
  self.kind = self.kind or kind_of(cfg, kept)
  self.set = self.kind.settings(cfg, kept)
  if not agreed then
    cfg.shared:put_settings(self.set.kept)
    agreed = assert(cfg.shared:settings())
    check_trials(cfg, agreed)
    self.set = self.kind.settings(cfg, agreed)
  end
  self.id = found and found.id or 0
  restore.all(self)
  self.journal = nil
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
-- tried, searching.lua without it; shared = what other processes that joined have found
-- (shared.lua), and joins = true where this is one of them: the folder is not locked then, and
-- its journal is left to scribe.lua. Raises where the folder holds the study of another recipe, or
-- another process is at it.
---@param cfg table
function study.open(cfg)
  local self = setmetatable({
    name = cfg.name, folder = cfg.folder, space = cfg.space, kind = cfg.kind, shared = cfg.shared,
    trials = {}, count = 0,
    recorded = {}, todo = {}, stuck = {}, damaged = {},
  }, Mt)
  if cfg.joins then
    join(self, cfg)
  elseif cfg.folder then
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

local function begin_trial(self, job)
  local number = job.trial
  local trial = self.shared and self.shared:propose(self, job) or self.kind.propose(self, job)
  trial.number, trial.jobs, trial.reports, trial.state = number, {}, {}, "running"
  trial.first, trial.fresh, trial.again = job.number, true, self.damaged[number]
  self.trials[number] = trial
  self.count = math.max(self.count, number + 1)
  add_job(self, trial, job)
  local made = write(self, { trial_lines.create(self, trial) })
  trial.id = made and made.id
  return trial
end

-- A paused trial's next piece.
local function continue_trial(self, trial, job)
  add_job(self, trial, job)
  write(self, { trial_lines.own(trial) })
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

-- Reports that are new, and what else the journal is to know of the trial.
local function entries_of(trial, outcome)
  local entries = {}
  trial_lines.reports(entries, trial, outcome.reports or {}, #trial.reports)
  for _, key in ipairs(trial_lines.KEYS) do
    trial[key] = outcome[key] or trial[key]
  end
  trial_lines.result(entries, trial, outcome)
  return entries
end

local function end_trial(trial, state, entries)
  trial.state = state
  trial_lines.ended(entries, trial)
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
      write(self, { trial_lines.attribute(trial, "tries", trial.tries) })
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
      entries[#entries + 1] = trial_lines.own(trial)
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
