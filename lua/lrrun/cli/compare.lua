--- `lrrun compare RUN...`: runs side by side, and the settings in which they differ.
--- Layer: cli.

local differences = require "lrrun.record.differences"
local given = require "lrrun.cli.given"
local json = require "lrrun.record.json"
local metrics = require "lrrun.metrics"
local output = require "lrrun.cli.output"
local screen = require "lrrun.util.screen"
local plot = require "lrrun.record.plot"
local results = require "lrrun.cli.results"

local WIDEST = 60 -- columns of a cell
local SPARK = 24 -- cells of a curve
local FIRST = { "run", "name", "reason", "epochs", "steps", "best", "last" }

local value_of = results.number

local function curve_of(run)
  local values = {}
  for _, row in ipairs(run.metrics) do
    values[#values + 1] = value_of(row, "val_loss") or value_of(row, "train_loss")
  end
  return plot.spark(values, SPARK, plot.unicode())
end

local COLUMNS = {
  { "run", function(run) return run.label end },
  { "reason", function(run) return tostring(run.result.reason) end },
  { "epochs", function(run) return ("%d"):format((run.result.epochs or 0) // 1) end, true },
  { "best", function(run)
    return tostring(value_of(run.result.best, "epoch") or "-")
  end, true },
}
-- Metrics that are there where they are asked for have a column where a run has them.
for _, entry in ipairs(metrics.summary) do
  COLUMNS[#COLUMNS + 1] = { entry.short, function(run)
    return metrics.text(entry, value_of(run.result.best, entry.name))
  end, true, entry.metric.collects ~= nil }
end
table.move({
  { "params", function(run) return tostring(run.result.params or "-") end, true },
  { "steps/s", function(run)
    local speed = value_of(run.result, "steps_per_second")
    return speed and ("%.4g"):format(speed) or "-"
  end, true },
  { "seconds", function(run)
    local seconds = value_of(run.result, "seconds")
    return seconds and ("%.1f"):format(seconds) or "-"
  end, true },
}, 1, 3, #COLUMNS + 1, COLUMNS)

-- A column: its head, then a cell for each run; nil for one that may be left out and is empty.
local function cells_of(column, runs)
  local cells, is_empty = { column[1] }, true
  for i, run in ipairs(runs) do
    cells[i + 1] = screen.cut(column[2](run), WIDEST)
    is_empty = is_empty and cells[i + 1] == "-"
  end
  return not (column[4] and is_empty) and cells or nil
end

local function print_table(out, runs)
  local lines = {}
  for i = 1, #runs + 1 do
    lines[i] = {}
  end
  for _, column in ipairs(COLUMNS) do
    local cells = cells_of(column, runs) or {}
    local width = screen.widest(cells, tostring, 0)
    for i, cell in ipairs(cells) do
      table.insert(lines[i], screen.pad(cell, width, nil, column[3]))
    end
  end
  for i, cells in ipairs(lines) do
    out:print("%s  %s", table.concat(cells, "  "), i == 1 and "loss" or curve_of(runs[i - 1]))
  end
end

-- Each value, and the runs that have it.
local function print_settings(out, list, runs)
  for _, item in ipairs(list) do
    out:print("%s", screen.line(item.key))
    local order, has = {}, {}
    for i, run in ipairs(runs) do
      local text = output.shown(item.values[i], math.huge)
      if not has[text] then
        has[text] = {}
        order[#order + 1] = text
      end
      table.insert(has[text], screen.line(run.label))
    end
    for _, text in ipairs(order) do
      out:print("  %s  %s", output.shown(text), table.concat(has[text], ", "))
    end
  end
end

-- Whether some of the runs differ in their schedule.
local function schedules_differ(list)
  for _, item in ipairs(list) do
    if item.key:find "^schedule" or item.key:find "^optimizer%.lr%." then
      return true
    end
  end
  return false
end

local function document(runs, list, rates, note)
  local rows, settings = json.array {}, json.array {}
  for i, run in ipairs(runs) do
    rows[i] = {}
    for key, item in pairs(run.result) do
      rows[i][key] = item
    end
    rows[i].run, rows[i].name = run.path, run.label
  end
  for i, item in ipairs(list) do
    local values = json.array {}
    for r = 1, #runs do
      values[r] = item.values[r] == nil and json.null or item.values[r]
    end
    settings[i] = { key = item.key, values = values }
  end
  return { runs = rows, settings = settings, rates = rates, note = note }
end

-- The paths but those of what else lrrun puts beside runs, as runs/* names it; all where nothing
-- else is named.
local function runs_of(call)
  local paths, others = {}, {}
  for _, path in ipairs(call.args) do
    local is = given.beside_runs(path)
    if is then
      others[#others + 1] = ("%s is %s: left out"):format(path, is)
    else
      paths[#paths + 1] = path
    end
  end
  if #paths == 0 then
    return call.args
  end
  for _, text in ipairs(others) do
    call.out:warn("%s", text)
  end
  return paths
end

return function(call)
  local runs, paths = {}, runs_of(call)
  for _, path in ipairs(paths) do
    given.run_or_experiment(path)
  end
  for i, path in ipairs(paths) do
    runs[i] = results.read(path)
  end
  print_table(call.out, runs)
  local list = differences(runs)
  if #list > 0 then
    call.out:print ""
    call.out:print("%s", call.out:paint("bold", "settings that differ"))
    print_settings(call.out, list, runs)
  end
  local rates, note
  if schedules_differ(list) then
    rates, note = require "lrrun.cli.compare_rates"(runs)
  end
  if note then
    call.out:print("%s", screen.line(note))
  end
  call.out:result(document(runs, list, rates, note), FIRST)
  return 0
end
