--- What lies in a folder of runs, each in short: for lists of many, so that a run costs the reading
--- of its run.yaml and result.json, and of metrics.jsonl where it has not ended.
--
-- Records may be anybody's: what is not as lrrun writes it is named and passed over. They are not
-- checked against their descriptors, which takes ten times as long; whoever uses one looks at the
-- kind of each value. Layer: study.

local Journal = require "lrrun.study.journal"
local compare = require "lrrun.record.compare"
local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local monitored = require "lrrun.record.monitored"
local own = require "lrrun.runs.own"
local records = require "lrrun.study.records"
local run_record = require "lrrun.record.run_record"
local seal = require "lrrun.record.seal"
local stored = require "lrrun.record.stored"
local trained_epochs = require "lrrun.util.trained_epochs"
local yaml = require "lrrun.record.yaml"

local entries = {}

local MOST_LOG = 1 << 22 -- bytes of the end of a log that are looked at
local MOST_JSON = 1 << 26
local MOST_RANGE = 1 << 28

local function number(x)
  return type(x) == "number" and x == x and x or nil
end

local function text(x)
  return type(x) == "string" and x or nil
end

-- A record of the folder as a table; nil where there is no such file. Raises what is wrong.
local function read(path, name, most, form)
  local body = stored.text(path, name, most)
  if not body then
    return nil
  end
  body = own.split(body)
  local ok, value = pcall(form == "yaml" and yaml.decode or json.decode, body)
  if not ok or type(value) ~= "table" then
    error(("%s/%s: %s"):format(path, name, ok and "not what lrrun writes there" or value), 0)
  end
  local holds = seal.holds(body, form)
  if holds == false or holds == nil and value.sealed then
    error(("%s/%s: was changed or cut since lrrun wrote it: its checksum differs"):format(path,
      name), 0)
  end
  return value
end

-- The figures of a line, a best or a last one.
local function figures(row)
  local out = {}
  for key, value in pairs(type(row) == "table" and row or {}) do
    out[key] = key ~= "epoch" and key ~= "step" and key ~= "seconds" and number(value) or nil
  end
  return out
end

local function is_better(set, value, best)
  return not best or set.mode == "max" and value > best or set.mode ~= "max" and value < best
end

-- The row of a line of an evaluation, or nil.
local function row_of(line)
  local ok, row = pcall(json.decode, line)
  return ok and type(row) == "table" and row.event == nil and number(row.step) and row or nil
end

-- The last whole lines of metrics.jsonl: the last row, and the best of them.
local function progress(path, watched)
  local log <close> = stored.path(path, "metrics.jsonl") and file.open(path .. "/metrics.jsonl")
  local size = log and log:size() or 0
  local from = math.max(0, size - MOST_LOG)
  local lines, last, best = size > from and log:read(from, size - from) or "", {}, nil
  for line in lines:gmatch "([^\n]*)\n" do
    local row = row_of(line)
    local value = row and number(row[watched.monitor])
    last = row or last
    best = value and is_better(watched, value, best and best[watched.monitor]) and row or best
  end
  return { epochs = last.epoch, steps = last.step, seconds = last.seconds, best = best,
    last = last }
end

local function is_held(path)
  return file.locked(path) == true
end

local function part(x)
  return type(x) == "table" and x or {}
end

-- How a run stands, and whether result.json says so.
local function standing(path, record, result)
  local ended = result and result.reason ~= "interrupted"
    and (number(result.extended) or 0) >= #part(record.extensions)
  if ended then
    return text(result.reason) or "done", true
  elseif is_held(path) then
    return "running", false
  end
  return result and "interrupted" or "stopped", result ~= nil
end

local function of_run(path)
  local record = read(path, "run.yaml", run_record.RUN.most, "yaml")
  local watched = monitored(record)
  local result = read(path, "result.json", MOST_JSON, "json")
  local status, told = standing(path, record, result)
  local of = told and result or progress(path, watched)
  local settings = part(record.settings)
  return { kind = "run", settings = settings, name = text(record.name), status = status,
    monitor = watched.monitor, mode = watched.mode, seed = number(record.seed),
    recipe = text(record.recipe), epochs_planned = number(settings.epochs),
    epochs = trained_epochs(of) or 0, steps = number(of.steps) or 0, seconds = number(of.seconds),
    params = number(of.params), digest = text(of.digest), best = figures(of.best),
    last = figures(of.last), best_epoch = number(part(of.best).epoch),
    data = text(part(record.data).kind) }
end

-- What the best trial is at; choices by their names.
local function params_of(trial)
  local out = {}
  for name, value in pairs(trial.params or {}) do
    local ok, found = pcall(json.decode, (trial.distributions or {})[name] or "")
    local attributes = ok and type(found) == "table" and found.attributes
    local labels = type(attributes) == "table" and attributes.choices
    local place = type(labels) == "table" and number(value) and math.tointeger(value)
    out[name] = place and labels[place + 1] or not labels and value or nil
  end
  return out
end

-- Sums up the trials of a journal, and gives the best.
local function count_trials(e, kept, set)
  local best
  e.trials, e.failed, e.pruned = 0, 0, 0
  for _, trial in ipairs(kept.trials) do
    local attrs = trial.ours and not trial.damaged and records.ATTRS:try(trial.attrs)
    local values = attrs and attrs.lrrun.values or {}
    local value = number(values[#values])
    e.trials = e.trials + (trial.state ~= Journal.RUNNING and 1 or 0)
    e.failed = e.failed + (trial.state == Journal.FAIL and 1 or 0)
    e.pruned = e.pruned + (trial.state == Journal.PRUNED and 1 or 0)
    if value and trial.state == Journal.COMPLETE and is_better(set, value, best and best.value) then
      best = { value = value, number = attrs.lrrun.number, params = params_of(trial) }
    end
  end
  return best
end

local STUDY_KINDS = { ["search.advice"] = "advice", ["search.rates"] = "sensitivity" }

local function of_study(path)
  local about = read(path, "study.json", records.STUDY.most, "json") or {}
  local kept = Journal.read(path)
  local study = kept.studies[1]
  local set = study and records.SETTINGS:try(study.attrs.lrrun)
  if not set then
    error(("%s/journal.log: says nothing of a study"):format(path), 0)
  end
  local e = { kind = STUDY_KINDS[set.strategy.kind] or "study", name = text(about.name),
    monitor = set.monitor, mode = set.mode, settings = {}, planned = set.trials,
    recipe = text(about.recipe), data = text(about.data_kind), seed = set.seed,
    strategy = set.strategy.kind:match "[^.]+$", last = {} }
  local best = count_trials(e, kept, set)
  e.best = best and { [set.monitor] = best.value } or {}
  e.best_trial, e.settings = best and best.number, best and best.params or {}
  e.status = is_held(path) and "running" or e.kind == "study"
    and (e.trials >= set.trials and "done" or "stopped") or "stopped"
  return e
end

-- An advice or a sensitivity that has its answer.
local function of_answer(path, name, kind)
  local ok, e = pcall(of_study, path)
  local answer = read(path, name, MOST_JSON, "json")
  e = ok and e or { settings = {}, best = {}, last = {} }
  e.kind, e.name = kind, e.name or text(answer.name)
  e.status = is_held(path) and "running" or "done"
  e.suggestion = number(answer.suggestion)
  return e
end

local function of_range(path)
  local found = read(path, "range.json", MOST_RANGE, "json")
  return { kind = "range", status = text(found.ended) or "done", settings = {}, best = {},
    last = {}, suggestion = number(found.suggestion), seed = number(found.seed),
    doubt = text(found.doubt) }
end

-- The file that says what a folder is, and who reads it. What stands first goes first.
local KINDS = {
  { "run.yaml", of_run },
  { "advice.json", function(path) return of_answer(path, "advice.json", "advice") end },
  { "sensitivity.json", function(path)
    return of_answer(path, "sensitivity.json", "sensitivity")
  end },
  { "journal.log", of_study },
  { "range.json", of_range },
}

--- What a folder is: { kind = "run", "study", "advice", "sensitivity" or "range"; path, label,
--- modified and age = when its first file was last written, in seconds; name, status, monitor,
--- mode; epochs, steps, seconds, params, best_epoch, best, last = figures (of a run); trials,
--- planned, best_trial (of a study); suggestion; settings = the recipe's as run.yaml has them, or
--- the best trial's values }. Parts that are not known are nil. nil where it is none of these;
--- raises what is wrong with one.
---@param path string
---@return table?
function entries.read(path)
  for _, item in ipairs(KINDS) do
    local name = path .. "/" .. item[1]
    if file.kind(name) then
      local e = item[2](path)
      e.path, e.label = path, path:match "([^/]+)/*$" or path
      e.name = e.name or e.label
      e.modified, e.age = file.modified(name)
      return e
    end
  end
  return nil
end

-- "run-10" behind "run-9", where both were written at the same moment.
local function later(a, b)
  local x, y = a.modified or 0, b.modified or 0
  if x ~= y then
    return x > y
  end
  local n = tonumber(a.label:match "(%d+)$") or 0
  local m = tonumber(b.label:match "(%d+)$") or 0
  if n ~= m then
    return n > m
  end
  return a.path < b.path
end

--- All of the folders, those inside of one that is none of these, and what was passed over: a
--- list, newest first, and { path, why } of each that is damaged.
---@param paths string[]
---@return table[], table[]
function entries.list(paths)
  local list, wrong = {}, {}
  local function add(path)
    local ok, e = pcall(entries.read, path)
    if not ok then
      wrong[#wrong + 1] = { path = path, why = tostring(e) }
    end
    list[#list + 1] = ok and e or nil
    return not ok or e ~= nil
  end
  for _, path in ipairs(paths) do
    if not add(path) then
      for _, name in ipairs(file.list(path) or {}) do
        local inner = path:gsub("(.)/+$", "%1") .. "/" .. name
        if file.kind(inner) == "dir" then
          add(inner)
        end
      end
    end
  end
  table.sort(list, later)
  return list, wrong
end

--- What is known of an entry under names that a person gives: "val_loss" (of the best epoch),
--- "last.val_loss", "optimizer.lr", "status". A constructor stands also as what it is:
--- "optimizer" = "optim.adam".
---@param e table
---@return table<string, any>
function entries.flat(e)
  local out = {}
  local function kinds(t, path)
    for key, item in pairs(t) do
      if type(item) == "table" then
        local below = path and path .. "." .. tostring(key) or tostring(key)
        if type(item.kind) == "string" then
          out[below] = item.kind
        end
        kinds(item, below)
      end
    end
  end
  compare.flatten(e.settings, nil, out)
  kinds(e.settings)
  for key, value in pairs(e.last) do
    out["last." .. key] = value
  end
  for key, value in pairs(e.best) do
    out[key == "lr" and "best.lr" or key] = value -- lr is the setting
  end
  for _, key in ipairs { "kind", "status", "name", "steps", "seconds", "params", "seed",
    "recipe", "trials", "strategy", "suggestion", "best_epoch", "digest" } do
    out[key] = e[key]
  end
  out.epochs, out.run = e.epochs or out.epochs, e.label
  return out
end

return entries
