--- What a trial's training reports: a value for each evaluation, and of a study with several
--- objectives what they come to. Layer: study.

local errors = require "lrrun.util.errors"
local metrics_log = require "lrrun.record.metrics_log"
local objective = require "lrrun.recipe.objective"
local outcome = require "lrrun.runs.outcome"
local stored = require "lrrun.record.stored"

local reports = {}

--- The value of a metric of a run.
function reports.value(run, monitor, metrics)
  local value = metrics[monitor]
  if value == nil then
    errors.raise(run.recipe.where, "objective: '%s' is not reported by this run%s", monitor,
      monitor:find "^val_" and not run.val_split
        and " (the data has no validation split: data.x{ val = 0.2 })" or "")
  end
  return value
end

-- What else is measured that counts.
local function others(run, work, metrics)
  local out = {}
  for _, name in ipairs(work.objectives or {}) do
    if not objective.is_counted(name) and name ~= work.monitor then
      out[name] = run and reports.value(run, name, metrics) or metrics[name]
    end
  end
  return out
end

local function put(list, nth, value, also)
  while list[1] and list[#list][1] >= nth do
    list[#list] = nil
  end
  list[#list + 1] = { nth, value, others = also }
end

--- Adds the nth evaluation of a run. After a rollback an evaluation comes again.
function reports.add(list, run, work, nth, metrics)
  put(list, nth, reports.value(run, work.monitor, metrics), others(run, work, metrics))
end

--- Reports of the evaluations before a checkpoint, from the run's log up to there. Nil where the
--- log does not hold them all: it was damaged.
function reports.earlier(run, state, work)
  local list = {}
  if not run.folder or (run.keep_log or 0) == 0 then
    return run:evaluations(state.step) == 0 and list or nil
  end
  local text = stored.text(run.folder, "metrics.jsonl", metrics_log.MOST) or ""
  for _, row in ipairs(metrics_log.scan(text:sub(1, run.keep_log), nil, run.id).rows) do
    if row.epoch then
      put(list, run:nth(row.step), row[work.monitor] or 0 / 0, others(nil, work, row))
    end
  end
  for i = 1, run:evaluations(state.step) do
    if not list[i] or list[i][1] ~= i then
      return nil
    end
  end
  return list
end

--- The list of { nth, value } alone.
function reports.plain(list)
  local out = {}
  for i, item in ipairs(list) do
    out[i] = { item[1], item[2] }
  end
  return out
end

local function is_finite(x)
  return type(x) == "number" and x == x and math.abs(x) ~= math.huge
end

--- What each of the study's objectives comes to, in their order: measured ones at the evaluation
--- that was best by work.monitor, the first of equals. Nil for one objective; nil and the name of
--- one that has no finite value.
---@param run table
---@param work table
---@param list table[]
---@param steps integer updates that the run made
---@return number[]?, string?
function reports.objectives(run, work, list, steps)
  local best
  for _, item in ipairs(list) do
    if is_finite(item[2]) and (not best or work.sign * item[2] < work.sign * best[2]) then
      best = item
    end
  end
  if not work.objectives or not best then
    return nil
  end
  local counted = { params = outcome.parameters(run), steps = steps }
  local out = {}
  for i, name in ipairs(work.objectives) do
    out[i] = counted[name] or name == work.monitor and best[2] or best.others[name]
    if not is_finite(out[i]) then
      return nil, name
    end
  end
  return out
end

return reports
