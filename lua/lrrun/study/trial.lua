--- One trial in this process: from the start or from where it paused, to its end, to its
--- next rung, or until the median rule stops it. Layer: study.

local begin_run = require "lrrun.advise.begin"
local cause = require "lrrun.study.cause"
local copied = require "lrrun.study.copied"
local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local execute = require "lrrun.runs.execute"
local file = require "lrrun.native.file"
local next_folder = require "lrrun.record.next_folder"
local overrides = require "lrrun.recipe.overrides"
local parts = require "lrrun.study.parts"
local reports_of = require "lrrun.study.reports"
local resolve = require "lrrun.recipe.resolve"
local inherit = require "lrrun.study.inherit"
local native = require "lrrun.native.search"
local sys = require "lrrun.native.sys"
local units = require "lrrun.util.units"

local trial = {
  --- What the coroutine of a trial gives before its outcome: a recipe cannot say it.
  PAUSED = {}, ENDED = {},
}

local PATIENCE, PAUSE = 10, 0.01 -- seconds: of a killed process that still has the folder

-- What is reported is counted in evaluations (Run:nth), which are epochs where the recipe has no
-- `validate`. The median rule's warm-up in those:
local function warmup_of(run, text)
  local warmup = units.parse(text)
  return warmup.amount > 0 and units.to_steps(warmup, run.clock) / run.every or 0
end

-- Epochs that a run has trained at its nth evaluation.
local function epochs_at(run, nth)
  local per_epoch = run.clock.steps_per_epoch
  return run.every == per_epoch and nth or nth * run.every / per_epoch
end

-- Whether the nth evaluation reaches a rung at `share` of the run. Lengths in epochs that have
-- begun count them whole.
local function reaches(run, share, nth)
  local all = run.every == run.clock.steps_per_epoch and run.epochs
    or run.clock.total_steps / run.every
  return nth >= share * all - 1e-9
end

local function is_stopped(work, warmup, reports)
  local own = {}
  for i, report in ipairs(reports) do
    own[i] = { report[1], work.sign * report[2] }
  end
  return native.median(work.median.startup, warmup, own, work.median.curves)
end

-- Whether the run ends after its nth evaluation: "pruned" by the median, or at the trial's rung;
-- the second value is true where it only pauses.
local function decide(run, work, nth, reports)
  if work.median then
    local warmup = warmup_of(run, work.median.warmup)
    return is_stopped(work, warmup, reports) and "pruned" or nil, false
  elseif work.share and reaches(run, work.share, nth) then
    return "pruned", not work.ends
  end
  return nil, false
end

-- Where a run stands behind the rung that it is to reach (what came of it was lost): the
-- reports up to there.
local function up_to_rung(run, work, reports)
  for i, item in ipairs(work.share and reports or {}) do
    if reaches(run, work.share, item[1]) and i < #reports then
      return table.move(reports, 1, i, 1, {})
    end
  end
  return nil
end

local function outcome_of(run, work, result, reports, paused)
  local lacks
  local outcome = { job = work.job, reason = result.reason, paused = paused,
    reports = reports_of.plain(reports),
    digest = result.digest, seconds = result.seconds, steps = result.steps,
    epochs = run:is_by_epoch() and result.epochs or result.steps / run.clock.steps_per_epoch }
  if result.reason == "diverged" then
    outcome.error, outcome.ended = ("diverged at step %d"):format(result.steps), "diverged"
  end
  outcome.objectives, lacks = reports_of.objectives(run, work, reports, result.steps)
  if lacks and not outcome.error then
    outcome.error, outcome.ended = ("no finite %s"):format(lacks), "diverged"
  end
  return outcome
end

-- The reason of a run that had ended as "pruned", or nil where it goes on; and whether it
-- pauses.
local function judged_again(run, work, reports)
  local last = reports[#reports]
  if last then
    return decide(run, work, last[1], reports)
  end
  return nil, false
end

--- Trains run from state as `work` (study.lua) says. At its rung `pause(reports)` tells
--- whether it ends; else it goes on with what `work` says by then (in one process). Nil where
--- the run's own log does not hold what it had reported.
---@return table? outcome as Study:finish takes it
function trial.execute(run, state, work, pause)
  local reports = reports_of.earlier(run, state, work)
  if not reports then
    return nil
  end
  local paused = false
  local behind = run.folder and up_to_rung(run, work, reports)
  if behind then
    state.reason = state.reason or "pruned"
  elseif state.reason == "pruned" then
    state.reason, paused = judged_again(run, work, reports)
  end
  local function hook(_, now)
    local nth = run:nth(now.step)
    reports_of.add(reports, run, work, nth, now.metrics)
    if now.step >= run.clock.total_steps then
      return nil
    end
    local reason
    reason, paused = decide(run, work, nth, reports)
    while paused and not pause(reports) do -- the next rung may be reached as well
      reason, paused = decide(run, work, nth, reports)
    end
    return reason
  end
  local result = execute.train(run, state, { quiet = true, epoch_hook = hook })
  if behind then
    local nth = behind[#behind][1]
    return outcome_of(run, work, { reason = "pruned", digest = result.digest,
      seconds = result.seconds, epochs = nth, steps = nth * run.every }, behind,
      not work.ends)
  end
  return outcome_of(run, work, result, reports, paused and result.reason == "pruned")
end

-- A process that was killed may still have the folder for a moment.
local function wait_for(folder)
  local since = sys.now()
  while true do
    local ok, lock = pcall(file.lock, folder)
    if ok then
      lock:close()
      return
    elseif sys.now() - since > PATIENCE then
      error(lock, 0)
    end
    sys.sleep(PAUSE)
  end
end

--- The request of a trial: with values of the recipe's dimensions, and changes as --set has them.
---@param asked table
---@param params table<string, any>
---@param changes string[]?
function trial.request(asked, params, changes)
  local list = table.move(asked.overrides, 1, #asked.overrides, 1, {})
  for _, item in ipairs(overrides.parse(changes)) do
    list[#list + 1] = item
  end
  return asked:with { choices = params, overrides = list }
end

local function begin(folder, work, value)
  local request = trial.request(current.request(), work.params, work.changes)
  local run = current.with({ request = request }, function()
    return begin_run(resolve.for_run(value()), { record = true, folder = folder })
  end)
  run.keep_log, run.keep_steps = 0, 0
  return run, { step = 0, epoch = 0 }
end

-- What of a trial's folder a search and its worker use beside the run.
local KEPT = { ["job.json"] = true, ["outcome.json"] = true, ["worker.log"] = true }

-- Links are taken away, never followed.
local function clear(folder, kept)
  for _, name in ipairs(file.list(folder) or {}) do
    local path = folder .. "/" .. name
    if not kept[name] and not file.remove(path) then
      clear(path, {})
      file.remove(path)
    end
  end
end

--- Takes away the run of an earlier try.
---@param folder string
function trial.clear(folder)
  clear(folder, KEPT)
end

--- Takes a trial's folder away.
---@param folder string
function trial.remove(folder)
  clear(folder, {})
  file.remove(folder)
end

-- Goes on with what the folder of an earlier try, or of the trial up to its last rung, holds: with
-- a copy, as whoever was at it may not have ended. Where that cannot be copied, it begins again.
local function take_up(folder, work)
  local from = ("%s/%s"):format(folder:match "^(.*)/[^/]+$", work.base)
  local ok, why = pcall(copied, from, folder, KEPT)
  local stopped = not ok and errors.stopped(why)
  if stopped then
    error(stopped, 0)
  elseif not ok then
    current.out():warn("%s cannot be copied (%s): the trial begins again", from,
      tostring(errors.shown(why)))
    clear(folder, KEPT)
  end
end

-- Goes on with the run that is there; nil and why it cannot be gone on with.
local function go_on(folder, work, places)
  local ok, run, state = pcall(function()
    local settings = require("lrrun.runs.reload").settings(folder)
    settings.open = places
    return execute.reopen(settings)
  end)
  if not ok then
    return nil, tostring(errors.shown(run))
  end
  local opened <close> = run
  local outcome = trial.execute(opened, state, work, function()
    return true
  end)
  return outcome, "its log does not hold what it had reported"
end

-- Whether a run that is there and cannot be gone on with is not begun again either: that would
-- fail as well, or be another one.
local function is_final(why)
  return errors.stopped() or cause.is_machine(why) or why:find "data changed" ~= nil
end

-- One training in a folder of its own, as trial.in_folder has it.
local function in_folder(folder, work, value, places)
  wait_for(folder)
  if work.from and not file.kind(folder .. "/run.yaml") then
    inherit(folder, work, places)
  end
  if file.kind(folder .. "/run.yaml") then
    local outcome, why = go_on(folder, work, places)
    if outcome then
      return outcome
    elseif is_final(why) then
      error(why, 0)
    end
    current.out():warn("%s; the trial begins again", why)
  end
  trial.clear(folder)
  local run <close>, state = begin(folder, work, value)
  return trial.execute(run, state, work, function()
    return true
  end)
end

--- A trial with a run folder of its own: begun there, or gone on with; begun again where what
--- is there is damaged. `value` gives the recipe's value where the run begins; the study's
--- request is at hand. Folds and seeds have folders in it.
---@param folder string
---@param work table
---@param value fun(): table
---@param places { recipe_dir: string, data_dir: string?, closed: string[] } as own.places
function trial.in_folder(folder, work, value, places)
  if work.base then
    take_up(folder, work)
  end
  local n, name, as = parts.of(work)
  if not n then
    return in_folder(folder, work, value, places)
  end
  return parts.train(work, function(i)
    local place = ("%s/%s-%d"):format(folder, name, i)
    next_folder.make(place)
    return as(work, i, in_folder, place, work, value, places)
  end)
end

-- One training without a folder; pause as trial.execute has it. The request at hand says its seed.
local function alone(r, work, pause)
  local request = trial.request(current.request(), work.params, work.changes)
  local run <close> = current.with({ request = request }, function()
    return begin_run(resolve.for_run(r), { record = false })
  end)
  return trial.execute(run, { step = 0, epoch = 0 }, work, function(reports)
    return pause(run, reports)
  end)
end

-- What `work` has said so far is replaced by what it says from here on.
local function replace(work, next_work)
  for key in pairs(work) do
    work[key] = nil
  end
  for key, item in pairs(next_work) do
    work[key] = item
  end
end

-- A training that pauses at rungs, in a coroutine.
local function pausing(r, work)
  local began = sys.now()
  return trial.ENDED, alone(r, work, function(run, reports)
    local copy = reports_of.plain(reports)
    replace(work, coroutine.yield(trial.PAUSED, {
      job = work.job, reason = "pruned", paused = true, reports = copy,
      digest = require("lrrun.record.weights").digest(run.model.graph),
      seconds = sys.now() - began, epochs = epochs_at(run, copy[#copy][1]),
    }))
    return false
  end)
end

-- A copy: each training takes in for itself what is said at a pause.
local function copy_of(work)
  local out = {}
  replace(out, work)
  return out
end

-- The i-th of a trial's trainings up to its next pause; one that has ended stays as it was.
local function resumed(threads, r, i, work)
  local its = threads[i] or { thread = coroutine.create(function(w)
    return pausing(r, w)
  end) }
  threads[i] = its
  if coroutine.status(its.thread) == "dead" then
    return its.outcome
  end
  local ok, said, outcome = errors.raw_resume(its.thread, copy_of(work))
  if not ok then
    error(said, 0)
  elseif said ~= trial.PAUSED and said ~= trial.ENDED then
    coroutine.yield(said) -- a function of the recipe did
  end
  its.outcome = outcome
  return outcome
end

-- Trainings of a trial that is several, up to each pause.
local function several(r, work)
  local threads = {}
  local _, _, as = parts.of(work)
  while true do
    local outcome = parts.train(work, function(i)
      return as(work, i, resumed, threads, r, i, work)
    end)
    if not outcome.paused then
      return trial.ENDED, outcome
    end
    work = coroutine.yield(trial.PAUSED, outcome)
  end
end

--- A trial without a folder, as a coroutine: each resume(work) gives an outcome, and a paused
--- one can be resumed with the work to come.
---@param r table the recipe's value
function trial.coroutine(r)
  return coroutine.create(function(work)
    return current.with({ request = current.request():with_seed(work.seed) },
      parts.of(work) and several or pausing, r, work)
  end)
end

return trial
