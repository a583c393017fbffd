--- What `search` shows: a line for each trial, then the table, what mattered, the pictures
--- and the best values. Layer: cli.

local command = require "lrrun.util.command"
local file = require "lrrun.native.file"
local importance = require "lrrun.study.importance"
local picture = require "lrrun.study.picture"
local output = require "lrrun.cli.output"
local screen = require "lrrun.util.screen"
local sys = require "lrrun.native.sys"

local report = {}

local PICTURES, HEIGHT, MOST_ROWS = 3, 8, 60
local LONGEST = 300 -- bytes of an error or a value

local function show(value)
  return math.type(value) == "float" and ("%.4g"):format(value) or output.shown(value, 40)
end

local function params_text(study, trial)
  local parts = {}
  for _, dim in ipairs(study.space.dims) do
    local value = trial.params[dim.name]
    if value ~= nil then
      parts[#parts + 1] = ("%s=%s"):format(screen.line(dim.name), show(value))
    end
  end
  return table.concat(parts, "  ")
end

local function row_text(study, t, best)
  local state = t.state == "running" and t.value and "paused" or t.state
  local why = t.error or t.trouble
  local value = t.value and ("%.6g"):format(t.value) or "-"
  return ("%s%4d  %-8s  %-11s  %6s  %s%s"):format(best and best.number == t.number and "*" or " ",
    t.number, state, value, t.seconds and ("%.1f"):format(t.seconds) or "-",
    params_text(study, t), why and "  " .. output.shown(why, LONGEST) or "")
end

--- Says how the study begins, and gives the function that is told each result.
function report.live(call, study)
  local out, done = call.out, 0
  for number = 0, study.count - 1 do
    local t = study.trials[number]
    done = done + (t and t.state ~= "running" and 1 or 0)
  end
  out:note("%s: %s%s, %s trials%s", screen.line(study.name), study.set.strategy,
    study.set.pruner and ", " .. study.set.pruner or "", tostring(study.set.limit):gsub("%.0$", ""),
    study.count > 0 and (", %d done before"):format(done) or "")
  return function(trial)
    out:note("%s", row_text(study, trial, study:best()))
  end
end

local function print_table(out, study)
  local best = study:best()
  out:print("")
  out:print("%s", out:paint("bold", ("%5s  %-8s  %-11s  %6s  %s"):format("trial", "state",
    study.set.monitor, "s", "values")))
  for number = math.max(0, study.count - MOST_ROWS), study.count - 1 do
    local t = study.trials[number]
    if t then
      out:print("%s", row_text(study, t, best))
    end
  end
end

-- Places of the dimensions, the most important first.
local function by_importance(study, shares)
  local places = {}
  for i in ipairs(study.space.dims) do
    places[i] = i
  end
  table.sort(places, function(a, b)
    local x, y = shares[study.space.dims[a].name], shares[study.space.dims[b].name]
    if x ~= y then
      return x > y
    end
    return a < b
  end)
  return places
end

local function print_importance(out, study, shares)
  out:print("")
  out:print("%s", out:paint("bold", "importance (share of the spread that each value explains "
    .. "alone)"))
  local places = by_importance(study, shares)
  for _, place in ipairs(places) do
    local name = study.space.dims[place].name
    out:print("  %s %3.0f %%  %s", screen.pad(name, 28, 60), 100 * shares[name],
      ("#"):rep(math.floor(30 * shares[name] + 0.5)))
  end
  for i = 1, math.min(PICTURES, #places) do
    out:print("")
    out:print("%s against %s", study.set.monitor, screen.line(study.space.dims[places[i]].name))
    for _, line in ipairs(picture.lines(study, places[i], math.min(sys.width(), 78), HEIGHT)) do
      out:print("%s", line)
    end
  end
end

local function print_best(out, call, study, best)
  out:print("")
  out:print("best  trial %d: %s %.6g", best.number, study.set.monitor, best.value)
  for _, dim in ipairs(study.space.dims) do
    local value = best.params[dim.name]
    if value ~= nil then
      out:print("  %s %s", screen.pad(dim.name, 28, 60), type(value) == "number"
        and ("%.10g"):format(value) or output.shown(value, LONGEST))
    end
  end
  out:print("  digest %s", best.digest)
  if not call.flags.freeze then
    out:print("as a recipe of its own: %s", command.line("search", call.args[1],
      "--out", call.flags.out or "runs", "--freeze", "best.lua"))
  end
end

--- The end of a search.
function report.print(call, study, result, reason)
  local out, best = call.out, study:best()
  print_table(out, study)
  local shares = importance.of(study)
  result.importance = shares
  if shares then
    print_importance(out, study, shares)
  end
  file.write(study.folder .. "/study.svg", picture.svg(study, shares))
  if best then
    print_best(out, call, study, best)
  end
  out:print("study  %s", study.folder)
  if reason == "interrupted" then
    out:print "interrupted; the same command goes on"
  end
end

return report
