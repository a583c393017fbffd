--- One trial in this process: from the start or from where it paused, to its end, to its
--- next rung, or until the median rule stops it. Layer: study.

local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local execute = require "lrrun.runs.execute"
local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local resolve = require "lrrun.recipe.resolve"
local native = require "lrrun.native.search"
local sys = require "lrrun.native.sys"
local units = require "lrrun.util.units"

local trial = {}

local PATIENCE, PAUSE = 10, 0.01 -- seconds: of a killed process that still has the folder

local function value_of(run, monitor, metrics)
  local value = metrics[monitor]
  if value == nil then
    errors.raise(run.recipe.where, "objective: '%s' is not reported by this run%s", monitor,
      monitor:find "^val_" and not run.val_split
        and " (the data has no validation split: data.x{ val = 0.2 })" or "")
  end
  return value
end

-- Epochs of the median rule's warm-up.
local function warmup_epochs(run, text)
  local warmup = units.parse(text)
  return warmup.amount > 0 and units.to_steps(warmup, run.clock) / run.clock.steps_per_epoch or 0
end

local function is_stopped(work, warmup, reports)
  local own = {}
  for i, report in ipairs(reports) do
    own[i] = { report[1], work.sign * report[2] }
  end
  return native.median(work.median.startup, warmup, own, work.median.curves)
end

-- Reports of the epochs before a checkpoint, from the run's log up to there.
local function earlier(run, monitor)
  local reports = {}
  if not run.folder or (run.keep_log or 0) == 0 then
    return reports
  end
  local text = file.read(run.folder .. "/metrics.jsonl") or ""
  for line in text:sub(1, run.keep_log):gmatch "[^\n]+" do
    local row = json.decode(line)
    if row.epoch then
      reports[#reports + 1] = { row.epoch, row[monitor] or 0 / 0 }
    end
  end
  return reports
end

-- After a rollback an epoch comes again.
local function report(reports, epoch, value)
  while reports[1] and reports[#reports][1] >= epoch do
    reports[#reports] = nil
  end
  reports[#reports + 1] = { epoch, value }
end

-- Whether the run ends after `epoch`: "pruned" by the median, or at the trial's rung; the
-- second value is true where it only pauses.
local function decide(run, work, epoch, reports)
  if work.median then
    local warmup = warmup_epochs(run, work.median.warmup)
    return is_stopped(work, warmup, reports) and "pruned" or nil, false
  elseif work.share and epoch >= work.share * run.epochs - 1e-9 then
    return "pruned", true
  end
  return nil, false
end

--- Trains run from state as `work` (study.lua) says. At its rung `pause(reports)` tells
--- whether it ends; else it goes on with what `work` says by then (in one process).
---@return table outcome as Study:finish takes it
function trial.execute(run, state, work, pause)
  local reports = earlier(run, work.monitor)
  local paused = false
  if state.reason == "pruned" then
    local last = reports[#reports]
    if last then
      state.reason, paused = decide(run, work, last[1], reports)
    else -- its log was damaged: as if it had not been judged yet
      state.reason = nil
    end
  end
  local function hook(_, now)
    report(reports, now.epoch, value_of(run, work.monitor, now.metrics))
    if now.step >= run.clock.total_steps then
      return nil
    end
    local reason
    reason, paused = decide(run, work, now.epoch, reports)
    while paused and not pause(reports) do -- the next rung may be reached as well
      reason, paused = decide(run, work, now.epoch, reports)
    end
    return reason
  end
  local result = execute.train(run, state, { quiet = true, epoch_hook = hook })
  local outcome = { reason = result.reason, paused = paused and result.reason == "pruned",
    reports = reports, digest = result.digest, seconds = result.seconds,
    epochs = result.epochs }
  if result.reason == "diverged" then
    outcome.error = ("diverged at step %d"):format(result.steps)
  end
  return outcome
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

local function open(folder, work, value)
  if file.kind(folder .. "/run.yaml") == "file" then
    return execute.reopen(require("lrrun.runs.reload").settings(folder))
  end
  local request = current.request():with { choices = work.params }
  local run = current.with({ request = request }, function()
    return execute.begin(resolve.for_run(value()), { record = true, folder = folder })
  end)
  run.keep_log = 0
  return run, { step = 0, epoch = 0 }
end

--- A trial with a run folder of its own: begun there, or gone on with. `value` gives the
-- recipe's value where the run begins; the study's request is at hand.
---@param folder string
---@param work table
---@param value fun(): table
function trial.in_folder(folder, work, value)
  wait_for(folder)
  local run <close>, state = open(folder, work, value)
  return trial.execute(run, state, work, function()
    return true
  end)
end

--- A trial without a folder, as a coroutine: each resume(work) gives an outcome, and a paused
--- one can be resumed with the work to come.
---@param r table the recipe's value
function trial.coroutine(r)
  return coroutine.create(function(work)
    local request = current.request():with({ choices = work.params })
    local run <close> = current.with({ request = request:with_seed(work.seed) }, function()
      return execute.begin(resolve.for_run(r), { record = false })
    end)
    local began = sys.now()
    return trial.execute(run, { step = 0, epoch = 0 }, work, function(reports)
      local copy = table.move(reports, 1, #reports, 1, {})
      local next_work = coroutine.yield { reason = "pruned", paused = true, reports = copy,
        digest = require("lrrun.record.weights").digest(run.model.graph),
        seconds = sys.now() - began, epochs = copy[#copy][1] }
      for key in pairs(work) do
        work[key] = nil
      end
      for key, item in pairs(next_work) do
        work[key] = item
      end
      return false
    end)
  end)
end

return trial
