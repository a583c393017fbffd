--- What `search` shows: a line for each trial, then the table, what mattered, the pictures
--- and the best values. Layer: cli.

local command = require "lrrun.util.command"
local counted = require "lrrun.util.counted"
local file = require "lrrun.native.file"
local importance = require "lrrun.study.importance"
local pareto = require "lrrun.study.pareto"
local parts = require "lrrun.study.parts"
local picture = require "lrrun.study.picture"
local output = require "lrrun.cli.output"
local schedules = require "lrrun.study.schedules"
local screen = require "lrrun.util.screen"

local report = {}

local PICTURES, HEIGHT, MOST_ROWS = 3, 8, 60
local LONGEST = 300 -- bytes of an error or a value

local function show(value)
  return math.type(value) == "float" and ("%.4g"):format(value) or output.shown(value, 40)
end

local function params_text(study, trial)
  local words = {}
  for _, dim in ipairs(study.space.dims) do
    local value = trial.params[dim.name]
    if value ~= nil then
      words[#words + 1] = ("%s=%s"):format(screen.line(dim.name), show(value))
    end
  end
  return table.concat(words, "  ")
end

-- Names of the figures in the column of values.
local function heads_of(study)
  local names = {}
  for i, item in ipairs(study.set.objectives or { { monitor = study.set.monitor } }) do
    names[i] = item.monitor
  end
  return names
end

local function pad(text, study)
  local width = 14 * #heads_of(study) - 3 + (study.set.repeats and 8 or 0)
  return text .. (" "):rep(width - utf8.len(text))
end

local function value_text(study, t)
  if not t.value then
    return pad("-", study)
  end
  local words = {}
  for i, value in ipairs(study.set.objectives and t.objectives or { t.value }) do
    words[i] = ("%-11.6g"):format(value)
  end
  local spread = not words[2] and parts.spread(t.by_seed)
  return pad(table.concat(words, "   "):gsub(" +$", "")
    .. (spread and (" ±%.2g"):format(spread) or ""), study)
end

-- "*" of the best, "+" of those that no other beats.
local function mark_of(t, best, front)
  if best and best.number == t.number then
    return "*"
  end
  for _, one in ipairs(front) do
    if one == t then
      return "+"
    end
  end
  return " "
end

local function row_text(study, t, best, front)
  local state = t.state == "running" and t.value and "paused" or t.state
  local why = t.error or t.trouble
  return ("%s%4d  %-8s  %s  %6s  %s%s%s"):format(mark_of(t, best, front), t.number, state,
    value_text(study, t), t.seconds and ("%.1f"):format(t.seconds) or "-",
    params_text(study, t), t.from and ("  from %d"):format(t.from) or "",
    why and "  " .. output.shown(why, LONGEST) or "")
end

local function front_of(study)
  return study.set.objectives and pareto.front(study) or {}
end

--- Says how the study begins, and gives the function that is told each result.
function report.live(call, study)
  local out, done = call.out, 0
  for number = 0, study.count - 1 do
    local t = study.trials[number]
    done = done + (t and t.state ~= "running" and 1 or 0)
  end
  out:note("%s: %s%s, %s%s", screen.line(study.name), study.set.strategy,
    study.set.pruner and ", " .. study.set.pruner or "", counted(study.set.limit, "trial"),
    study.count > 0 and (", %d done before"):format(done) or "")
  if study.set.costs then
    out:note("%s", study.set.costs)
  end
  for _, dim in ipairs(study.space.dims) do
    if study.set.configuration.strategy == "grid" and dim.dim.opts.prior then
      out:note("a grid takes no notice of the prior of %s", screen.line(dim.name))
    end
  end
  return function(trial)
    out:note("%s", row_text(study, trial, study:best(), front_of(study)))
  end
end

local function print_head(out, study)
  local heads = heads_of(study)
  for i, name in ipairs(heads) do
    heads[i] = ("%-11s"):format(name)
  end
  out:print("%s", out:paint("bold", ("%5s  %-8s  %s  %6s  %s"):format("trial", "state",
    pad(table.concat(heads, "   "), study), "s", "values")))
end

local function print_table(out, study)
  local best, front = study:best(), front_of(study)
  out:print("")
  print_head(out, study)
  for number = math.max(0, study.count - MOST_ROWS), study.count - 1 do
    local t = study.trials[number]
    if t then
      out:print("%s", row_text(study, t, best, front))
    end
  end
end

-- Of several objectives: those that no other beats, by the first one.
local function print_front(out, study)
  local front = front_of(study)
  if not front[1] then
    return
  end
  local of = {}
  for _, t in ipairs(front) do
    of[t] = pareto.values(study.set, t)[1]
  end
  table.sort(front, function(a, b)
    return of[a] < of[b] or of[a] == of[b] and a.number < b.number
  end)
  out:print("")
  out:print("%d of %d trials are beaten by no other in all of %s (* the knee):", #front,
    study.count, table.concat(heads_of(study), ", "))
  for _, t in ipairs(front) do
    out:print("%s", row_text(study, t, study:best(), front))
  end
end

-- Which trials of a population the best goes back to.
local function print_lineage(out, study, best)
  local numbers = {}
  for i, t in ipairs(best.from and schedules.lineage(study, best) or {}) do
    numbers[i] = ("%d"):format(t.number)
  end
  if numbers[1] then
    out:print("")
    out:print("lineage of trial %d: %s", best.number, table.concat(numbers, " > "))
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
    for _, line in ipairs(picture.lines(study, places[i], math.min(out:width() - 2, 78), HEIGHT)) do
      out:print("%s", line)
    end
  end
end

-- "val_loss 0.1", with several objectives all of them.
local function figures_of(study, best)
  local words = {}
  for i, value in ipairs(study.set.objectives and best.objectives or { best.value }) do
    words[i] = ("%s %.6g"):format(heads_of(study)[i], value)
  end
  local spread = not words[2] and parts.spread(best.by_seed)
  return table.concat(words, ", ")
    .. (spread and (" ±%.2g over %s"):format(spread, counted(#best.by_seed, "seed")) or "")
end

local function print_best(out, call, study, best)
  out:print("")
  out:print("%s  trial %d: %s", study.set.objectives and "knee" or "best", best.number,
    figures_of(study, best))
  for _, dim in ipairs(study.space.dims) do
    local value = best.params[dim.name]
    if value ~= nil then
      out:print("  %s %s", screen.pad(dim.name, 28, 60), type(value) == "number"
        and ("%.10g"):format(value) or output.shown(value, LONGEST))
    end
  end
  for _, text in ipairs(best.changes or {}) do
    out:print("  %s", text)
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
  print_front(out, study)
  local shares = importance.of(study)
  result.importance = shares
  if shares then
    print_importance(out, study, shares)
  end
  file.write(study.folder .. "/study.svg", picture.svg(study, shares))
  if best then
    print_lineage(out, study, best)
    print_best(out, call, study, best)
  end
  out:print("study  %s", study.folder)
  if reason == "interrupted" then
    out:print "interrupted; the same command goes on"
  end
end

return report
