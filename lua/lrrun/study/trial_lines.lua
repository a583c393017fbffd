--- What a study's journal is told of a trial: entries as Journal:append takes them. Layer: study.

local Journal = require "lrrun.study.journal"
local distribution = require "lrrun.study.distribution"
local json = require "lrrun.record.json"
local line = require "lrrun.study.line"

local trial_lines = {}

local STATES = { complete = Journal.COMPLETE, pruned = Journal.PRUNED, fail = Journal.FAIL }
local KEYS = { "digest", "error", "seconds", "epochs", "steps", "ended", "by_seed", "objectives" }

--- When: for people who read the journal; nothing depends on it.
function trial_lines.now()
  return os.date "!%Y-%m-%dT%H:%M:%S.000000+00:00"
end

-- The attribute "lrrun"; with n of the first n pieces of its work, before they came to anything.
local function own(trial, n)
  local mine = { number = trial.number, seed = trial.seed, jobs = {}, rungs = {},
    values = json.array {}, again = trial.again, changes = trial.changes, share = trial.share,
    choice = trial.choice, from = trial.from,
    ends = not n and trial.state ~= "running" and trial.state or nil }
  for i = 1, n or #trial.jobs do
    local job = trial.jobs[i]
    mine.jobs[i], mine.rungs[i] = job.number, job.rung
    if not n and job.done and job.value then
      mine.values[i] = job.value
    end
  end
  return mine
end

local function attribute(trial, key, value)
  return { op_code = line.TRIAL_ATTR, trial_id = trial.id, user_attr = { [key] = value } }
end
trial_lines.attribute = attribute

--- What lrrun goes by.
function trial_lines.own(trial)
  return attribute(trial, "lrrun", own(trial))
end

--- How a trial begins.
function trial_lines.create(study, trial)
  local params, texts = distribution.fields(study.space, trial.point)
  return { op_code = line.CREATE_TRIAL, study_id = study.id, datetime_start = trial_lines.now(),
    params = params, distributions = texts, user_attrs = { lrrun = own(trial, 1) } }
end

--- Adds its reports behind the first n.
function trial_lines.reports(entries, trial, reports, n)
  for i = n + 1, #reports do
    entries[#entries + 1] = { op_code = line.REPORT, trial_id = trial.id, step = reports[i][1],
      intermediate_value = reports[i][2] }
  end
end

--- Adds what is known of a result (Study:finish has the keys).
function trial_lines.result(entries, trial, result)
  for _, key in ipairs(KEYS) do
    if result[key] ~= nil then
      entries[#entries + 1] = attribute(trial, key, result[key])
    end
  end
end

--- The names of these.
trial_lines.KEYS = KEYS

--- Adds how it ended.
function trial_lines.ended(entries, trial)
  local values = trial.value and (trial.objectives or { trial.value })
  entries[#entries + 1] = trial_lines.own(trial)
  entries[#entries + 1] = { op_code = line.SET_STATE, trial_id = trial.id,
    state = STATES[trial.state], values = values or json.null,
    datetime_complete = trial_lines.now() }
end

return trial_lines
