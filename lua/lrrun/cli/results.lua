--- What is known of a run, from its folder or from an experiment file: for verbs that show
--- runs. No recipe is run and no data are opened for it. Layer: cli.

local experiment = require "lrrun.runs.experiment"
local file = require "lrrun.native.file"
local current = require "lrrun.util.current"
local metrics = require "lrrun.record.metrics_log"
local reload = require "lrrun.runs.reload"
local run_folder = require "lrrun.runs.folder"
local stored = require "lrrun.record.stored"

local results = {}

--- row[key] where it is a number, or nil.
function results.number(row, key)
  return type(row) == "table" and type(row[key]) == "number" and row[key] or nil
end

local function loss_of(row)
  return results.number(row, "val_loss") or results.number(row, "train_loss")
end

-- The best line of a run that has not ended.
local function best_of(lines)
  local best
  for _, row in ipairs(lines) do
    local loss, least = loss_of(row), best and loss_of(best)
    if loss and (not least or loss < least) then
      best = row
    end
  end
  return best
end

local function label_of(path)
  return path:match "([^/]+)/*$" or path
end

-- Lines of epochs; those of other events are in the history too.
local function epochs_of(lines)
  local out = {}
  for _, row in ipairs(lines) do
    out[#out + 1] = row.event == nil and row or nil
  end
  return out
end

local function unfinished(lines)
  local last = lines[#lines] or {}
  return { reason = "not ended", epochs = last.epoch or 0, steps = last.step or 0,
    best = best_of(lines), last = last, seconds = last.seconds }
end

local function of_experiment(path)
  local exp = experiment.read(path)
  local history = {}
  local lines = exp.metrics
  for i, item in ipairs(exp.run.extensions or {}) do
    history[i] = metrics.extended(item)
  end
  for _, row in ipairs(lines) do
    history[#history + 1] = row.event and row or nil
  end
  return { label = label_of(path), path = path, name = exp.name, settings = exp.settings,
    program = exp.program, machine = exp.machine, data = exp.data, started = exp.run,
    network = exp.network, recipe = exp.recipe.text, history = history,
    metrics = epochs_of(lines), result = exp.result }
end

--- { label, path, name, settings, program, machine, data, started = how (overrides, seed),
--- network, recipe = its text, history = list of events, metrics = lines of epochs, steps = lines
--- of steps.jsonl (of a folder), result }.
--- Raises where `path` is no run.
---@param path string
function results.read(path)
  if file.kind(path) == "file" then
    return of_experiment(path)
  end
  local settings = reload.settings(path)
  local folder = settings.folder
  local result, also = run_folder.result(settings)
  if not result and stored.path(folder, "weights.safetensors") then
    current.out():warn("%s has weights and no result.json, which stands beside them where a run "
      .. "has ended: lrrun resume writes it again", folder)
  end
  local rows, fault = run_folder.rows(settings)
  if fault then
    current.out():warn("%s; lines before it are used alone", fault)
  end
  local lines = epochs_of(rows)
  local steps, steps_fault = run_folder.step_rows(settings)
  if steps_fault then
    current.out():warn("%s; lines before it are used alone", steps_fault)
  end
  return { label = label_of(folder), path = folder, folder = folder, name = settings.name,
    settings = settings.settings, program = settings.program, machine = settings.machine,
    data = settings.data, started = settings, network = settings.network,
    range = settings.range, recipe = run_folder.recipe(settings),
    history = run_folder.events(settings, also and also.history), metrics = lines,
    steps = epochs_of(steps),
    result = result or unfinished(lines) }
end

return results
