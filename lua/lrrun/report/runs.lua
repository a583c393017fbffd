--- Several runs as one page: what each came to, their curves over each other, and the settings in
--- which they differ. Layer: report.

local curves = require "lrrun.report.curves"
local differences = require "lrrun.record.differences"
local metrics = require "lrrun.metrics"
local monitored = require "lrrun.record.monitored"
local page = require "lrrun.page"
local round = require "lrrun.page.round"
local values = require "lrrun.report.values"

local report = {}

local number, show = values.number, values.show
local MOST_LINES = 40 -- runs in a chart
local MOST_SHOWN = 12 -- of these at first, where there are more
local POINTS = 16000 -- of all lines of a chart
local FEW = 6 -- runs that have a column each in the table of settings
local MOST_KEYS = 12 -- columns of settings where runs are rows

-- By what runs are told apart: what they go by where that is the same, else the loss on kept
-- samples where all have it, else that of training.
local function judge_of(runs)
  local first, same, kept = monitored(runs[1]), true, true
  for _, run in ipairs(runs) do
    same = same and monitored(run).monitor == first.monitor
    kept = kept and (number(run.result.best, "val_loss") ~= nil or #run.metrics == 0)
  end
  return same and first or { monitor = kept and "val_loss" or "train_loss", mode = "min" }
end

-- The runs, best first; those without a figure last, in the order that they were given in.
local function in_order(runs, judge)
  local order, sign = {}, judge.mode == "max" and -1 or 1
  for i, run in ipairs(runs) do
    local figure = number(run.result.best, judge.monitor)
    order[i] = { run = run, place = i, figure = figure and sign * figure }
  end
  table.sort(order, function(a, b)
    if a.figure ~= b.figure then
      return a.figure ~= nil and (b.figure == nil or a.figure < b.figure)
    end
    return a.place < b.place
  end)
  for i, item in ipairs(order) do
    order[i] = item.run
  end
  return order
end

-- Names by which runs are told apart: the folder's, or the path where two have the same.
local function names_of(runs)
  local times, names = {}, {}
  for _, run in ipairs(runs) do
    times[run.label] = (times[run.label] or 0) + 1
  end
  for i, run in ipairs(runs) do
    names[i] = times[run.label] > 1 and show(run.path) or run.label
  end
  return names
end

-- ---- what they came to ----

local function columns_of()
  local columns = {
    { "ended", function(run) return show(run.result.reason) end },
    { "epochs", function(run) return round(number(run.result, "epochs")) end, right = true },
    { "best epoch", function(run) return round(number(run.result.best, "epoch")) end,
      right = true },
  }
  for _, entry in ipairs(metrics.summary) do
    columns[#columns + 1] = { entry.short, function(run)
      return metrics.text(entry, number(run.result.best, entry.name))
    end, right = true, entry = entry }
  end
  for _, item in ipairs { { "parameters", "params" }, { "seconds", "seconds" } } do
    columns[#columns + 1] = { item[1], function(run)
      return round(number(run.result, item[2]))
    end, right = true }
  end
  return columns
end

-- The best figure of a column, nil where it has no better way or the runs no figure.
local function best_of(column, runs)
  local entry, best = column.entry, nil
  local sign = entry and entry.metric.mode == "max" and -1 or 1
  for _, run in ipairs(entry and entry.metric.mode and runs or {}) do
    local x = number(run.result.best, entry.name)
    best = x and (not best or sign * x < sign * best) and x or best
  end
  return best
end

local function put_results(p, runs, names)
  local head, right, rows = { "run" }, {}, {}
  for i, name in ipairs(names) do
    rows[i] = { name }
  end
  for _, column in ipairs(columns_of()) do
    local best, any, cells = best_of(column, runs), false, {}
    for i, run in ipairs(runs) do
      local text = column[2](run)
      any = any or text ~= "-"
      local is_best = best and number(run.result.best, column.entry.name) == best
      cells[i] = is_best and #runs > 1 and { text, class = "best" } or text
    end
    if any then
      head[#head + 1] = column[1]
      right[#head] = column.right
      for i, cell in ipairs(cells) do
        rows[i][#head] = cell
      end
    end
  end
  p:heading "What they came to"
  p:table { head = head, rows = rows, right = right }
end

-- ---- curves ----

-- One metric of all runs; nil where none has it.
local function overlay(runs, names, title, x_label, line_of, log)
  local series, longest = {}, 0
  for i, run in ipairs(runs) do
    local line = line_of(run)
    if line then
      line.name, line.color, line.dashed = names[i], (i - 1) % 10 + 1, (i - 1) // 10 % 2 == 1
      line.off = #runs > MOST_SHOWN and i > MOST_SHOWN or nil
      series[#series + 1] = line
      longest = math.max(longest, #line.x)
    end
  end
  if #series == 0 then
    return nil
  end
  return { title = title, x_label = x_label, series = series,
    most_points = math.max(100, POINTS // #series),
    log_y = log and curves.is_wide(series, log) or nil }
end

local function put_curves(p, runs, names)
  local charts = {}
  for _, entries in ipairs { metrics.val, metrics.train, metrics.once } do
    for _, entry in ipairs(entries) do
      if entry.name ~= "lr" then
        charts[#charts + 1] = overlay(runs, names, entry.name, "epoch", function(run)
          return curves.by_epoch(run, entry.name)
        end, entry.metric.wide)
      end
    end
  end
  charts[#charts + 1] = overlay(runs, names, "loss of updates", "update", function(run)
    return curves.by_step(run, "loss", "step")
  end, 10)
  charts[#charts + 1] = overlay(runs, names, "learning rate", "update", function(run)
    local rate = curves.rate(run)
    return rate and rate.series[1]
  end)
  if #charts > 0 then
    p:heading "Curves"
    p:charts(charts)
  end
end

-- ---- settings ----

local function text_of(value)
  return value == nil and "-" or show(value)
end

local function put_by_key(p, list, names)
  local rows = {}
  for i, item in ipairs(list) do
    rows[i] = { item.key }
    for r = 1, #names do
      rows[i][r + 1] = text_of(item.values[r])
    end
  end
  p:table { head = { "setting", table.unpack(names) }, rows = rows }
end

local function put_by_run(p, list, names)
  local head, rows = { "run" }, {}
  for r, name in ipairs(names) do
    rows[r] = { name }
    for k = 1, math.min(#list, MOST_KEYS) do
      head[k + 1] = list[k].key
      rows[r][k + 1] = text_of(list[k].values[r])
    end
  end
  p:table { head = head, rows = rows }
  if #list > MOST_KEYS then
    local more = {}
    for k = MOST_KEYS + 1, #list do
      more[#more + 1] = list[k].key
    end
    p:text("they differ in these too: " .. table.concat(more, ", "), "dim")
  end
end

local function put_differences(p, runs, names)
  local list = differences(runs)
  p:heading "Settings that differ"
  if #list == 0 then
    p:text("None: recipe, data, seed and program are the same.", "dim")
  elseif #runs <= FEW then
    put_by_key(p, list, names)
  else
    put_by_run(p, list, names)
  end
end

local function put_notes(p, runs, names)
  local lines = {}
  for i, run in ipairs(runs) do
    for _, note in ipairs(values.list(run.result.notes)) do
      lines[#lines + 1] = names[i] .. ": " .. show(values.list(note).text)
    end
  end
  if #lines > 0 then
    p:heading "What the runs saw"
    p:fold(("%d notes"):format(#lines), function()
      p:notes(lines)
    end, #lines <= 10)
  end
end

--- The page of several runs (of lrrun.cli.results), the best first.
---@param runs table[] at least one
---@param left_out string[]? what was no run, in words
---@return string
function report.html(runs, left_out)
  local judge = judge_of(runs)
  runs = in_order(runs, judge)
  local names = names_of(runs)
  local title = ("%d run%s"):format(#runs, #runs == 1 and "" or "s")
  local p = page.new(title)
  p:title(title, "by their best " .. judge.monitor)
  for _, text in ipairs(left_out or {}) do
    p:text(text, "dim")
  end
  put_results(p, runs, names)
  local shown = table.move(runs, 1, math.min(#runs, MOST_LINES), 1, {})
  put_curves(p, shown, names)
  if #runs > MOST_LINES then
    p:text(("curves of the %d best runs of %d"):format(MOST_LINES, #runs), "dim")
  end
  put_differences(p, runs, names)
  put_notes(p, runs, names)
  return p:html()
end

return report
