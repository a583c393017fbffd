--- `lrrun compare RUN...`: runs side by side, and the settings in which they differ.
--- Layer: cli.

local differences = require "lrrun.record.differences"
local epochs_text = require "lrrun.util.epochs_text"
local fit_table = require "lrrun.cli.fit_table"
local given = require "lrrun.cli.given"
local json = require "lrrun.record.json"
local metrics = require "lrrun.metrics"
local monitored = require "lrrun.record.monitored"
local output = require "lrrun.cli.output"
local screen = require "lrrun.util.screen"
local plot = require "lrrun.record.plot"
local results = require "lrrun.cli.results"
local trained_epochs = require "lrrun.util.trained_epochs"

local WIDEST = 60 -- columns of a cell
local MOST_NAMES, MOST_VALUES, MOST_ALIKE = 6, 12, 6 -- that are shown without --verbose
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

-- Columns of fit_table.lua: what they go by stays longest.
local function columns_of(monitor)
  local list = {
    { "run", cell = function(run) return screen.cut(run.label, WIDEST) end },
    { "reason", rank = 7, cell = function(run) return tostring(run.result.reason) end },
    { "epochs", rank = 5, right = true, cell = function(run)
      return epochs_text(trained_epochs(run.result) or 0)
    end },
    { "best", rank = 6, right = true, cell = function(run)
      return tostring(value_of(run.result.best, "epoch") or "-")
    end },
  }
  for _, entry in ipairs(metrics.summary) do
    list[#list + 1] = { entry.short, right = true, rank = entry.name == monitor and 10
      or entry.metric.name == "loss" and 8 or 4, cell = function(run)
        return metrics.text(entry, value_of(run.result.best, entry.name))
      end }
  end
  for i, item in ipairs { { "params", "params", "%d" }, { "steps/s", "steps_per_second", "%.4g" },
    { "seconds", "seconds", "%.1f" } } do
    list[#list + 1] = { item[1], right = true, rank = i / 10, cell = function(run)
      local value = value_of(run.result, item[2])
      return value and item[3]:format(value) or "-"
    end }
  end
  list[#list + 1] = { "loss", rank = 3, cell = curve_of }
  return list
end

-- The metric that says which epoch of a run is best, where it is the same for all of them.
local function watched(runs)
  local found
  for i, run in ipairs(runs) do
    local of = monitored(run)
    if i > 1 and (of.monitor ~= found.monitor or of.mode ~= found.mode) then
      return nil
    end
    found = of
  end
  return found
end

-- The best first; those without a value last, and equal ones in the order given.
local function sorted(runs, of)
  local list, place = table.move(runs, 1, #runs, 1, {}), {}
  for i, run in ipairs(runs) do
    place[run] = i
  end
  local function value(run)
    local x = value_of(run.result.best, of.monitor)
    return x == x and x or nil
  end
  table.sort(list, function(a, b)
    local x, y = value(a), value(b)
    if x == y then
      return place[a] < place[b]
    elseif not x or not y then
      return y == nil
    elseif of.mode == "max" then
      return x > y
    end
    return x < y
  end)
  return list
end

local function print_table(out, runs)
  local of = watched(runs)
  fit_table(out, columns_of(of and of.monitor), of and sorted(runs, of) or runs)
  if not of then
    out:note "the runs go by different metrics: they stand in the order given"
  elseif #runs > 1 then
    out:note("sorted by %s, %s first", of.monitor, of.mode == "max" and "the highest"
      or "the lowest")
  end
end

local function names_text(names, whole)
  if whole or #names <= MOST_NAMES then
    return table.concat(names, ", ")
  end
  return ("%s and %d more"):format(table.concat(names, ", ", 1, MOST_NAMES - 1),
    #names - MOST_NAMES + 1)
end

-- Each value, and the runs that have it.
local function print_setting(out, item, runs)
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
  for i, text in ipairs(order) do
    if i > MOST_VALUES and not out.verbose then
      out:print("  and %d more values (--verbose shows them)", #order - MOST_VALUES)
      return
    end
    out:print("  %s  %s", output.shown(text), names_text(has[text], out.verbose))
  end
end

-- What many settings may have in common: "model.layers".
local function group_of(key)
  return key:match "^([^.]+%.[^.]+)%." or key:match "^([^.]+)%." or key
end

-- Many that differ in one place, as all of a network do, are one line.
local function print_settings(out, list, runs)
  local counts, said = {}, {}
  for _, item in ipairs(list) do
    local group = group_of(item.key)
    counts[group] = (counts[group] or 0) + 1
  end
  for _, item in ipairs(list) do
    local group = group_of(item.key)
    if out.verbose or counts[group] <= MOST_ALIKE then
      print_setting(out, item, runs)
    elseif not said[group] then
      said[group] = true
      out:print("%s", screen.line(group))
      out:print("  %d settings differ in it (--verbose shows them)", counts[group])
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

-- What a path is that cannot be compared, or nil: a sentence.
local function no_run(path)
  local is = given.beside_runs(path)
  if is then
    return ("%s is %s: left out"):format(path, is)
  end
  local ok, err = pcall(given.run_or_experiment, path)
  return not ok and tostring(err) .. ": left out" or nil
end

-- What is known of each run, as runs/* names them; what is none of them, or damaged, is passed over
-- with a word. Where nothing is left, it is the error of the first.
local function runs_of(call)
  local runs, words, first = {}, {}, nil
  for _, path in ipairs(call.args) do
    local why = no_run(path)
    if not why then
      local ok, run = pcall(results.read, path)
      runs[#runs + 1] = ok and run or nil
      why = not ok and tostring(run) .. ": left out" or nil
      first = not ok and not first and run or first
    end
    words[#words + 1] = why
  end
  if #runs == 0 and first then
    error(first, 0)
  elseif #runs == 0 then
    given.run_or_experiment(call.args[1])
  end
  for _, text in ipairs(words) do
    call.out:warn("%s", text)
  end
  return runs
end

return function(call)
  local runs = runs_of(call)
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
