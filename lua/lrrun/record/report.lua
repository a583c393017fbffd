--- A run as one HTML page: curves, figures, network, settings, what happened to it, and how
--- to repeat it.
--
-- The page needs nothing else and loads nothing: pictures stand in it as SVG, there are no
-- scripts, and its own policy forbids them. Every text of the run is escaped, for recipes
-- and results come from strangers. Layer: record.

local command = require "lrrun.util.command"
local json = require "lrrun.record.json"
local metrics = require "lrrun.metrics"
local sorted = require "lrrun.util.sorted"
local style = require "lrrun.record.report_style"
local svg = require "lrrun.record.svg"

local report = {}

local escape = svg.escape
local MOST_EVENTS = 200

local function number(row, key)
  local value = type(row) == "table" and row[key]
  return type(value) == "number" and value or nil
end

local function figure(x)
  return x and ("%.5g"):format(x) or "-"
end

local function count(x)
  return ("%.0f"):format(x)
end

local function list_of(x)
  return type(x) == "table" and x or {}
end

local function show(x)
  return type(x) == "number" and json.number(x) or tostring(x)
end

local function heading(out, text)
  out[#out + 1] = "<h2>" .. escape(text) .. "</h2>"
end

-- A table of texts; numbers (columns of `right`) stand at the right.
local function put_table(out, head, rows, right)
  local function line(cells, tag)
    local parts = {}
    for i, cell in ipairs(cells) do
      parts[i] = ("<%s%s>%s</%s>"):format(tag, right and right[i] and ' class="right"' or "",
        escape(cell), tag)
    end
    out[#out + 1] = "<tr>" .. table.concat(parts) .. "</tr>"
  end
  out[#out + 1] = '<div class="scroll"><table>'
  if head then
    line(head, "th")
  end
  for _, cells in ipairs(rows) do
    line(cells, "td")
  end
  out[#out + 1] = "</table></div>"
end

-- ---- what the run came to ----

local function put_head(out, run)
  local result = run.result
  out[#out + 1] = ("<h1>%s</h1>"):format(escape(show(run.name or run.label)))
  out[#out + 1] = ('<p class="dim">%s after %s epochs, %s steps%s</p>'):format(
    escape(show(result.reason)), escape(show(result.epochs)), escape(show(result.steps)),
    number(result, "seconds") and (", %.1f s"):format(result.seconds) or "")
end

local function put_tiles(out, run)
  local result, best = run.result, run.result.best
  local tiles = {}
  local function tile(name, text)
    if text and text ~= "-" then
      tiles[#tiles + 1] = ('<div class="tile"><span class="dim">%s</span><b>%s</b></div>'):format(
        escape(name), escape(text))
    end
  end
  for _, entry in ipairs(number(best, "val_loss") and metrics.val or metrics.train) do
    tile("best " .. entry.name, figure(number(best, entry.name)))
  end
  tile("best epoch", figure(number(best, "epoch")))
  tile("parameters", number(result, "params") and count(result.params))
  local speed = number(result, "samples_per_second")
  tile("samples/s", speed and count(speed))
  out[#out + 1] = '<div class="tiles">' .. table.concat(tiles, "\n") .. "</div>"
end

local function put_figures(out, run)
  local rows = {}
  for _, name in ipairs(metrics.names(metrics.paired)) do
    local best, last = number(run.result.best, name), number(run.result.last, name)
    if best or last then
      rows[#rows + 1] = { name, best and json.number(best) or "-", last and json.number(last)
        or "-" }
    end
  end
  if #rows > 0 then
    heading(out, "Figures")
    put_table(out, { "", "best epoch", "last epoch" }, rows, { false, true, true })
  end
  if list_of(run.data).target_means then
    out[#out + 1] = '<p class="dim">losses are of targets scaled to mean 0 and deviation 1 (the '
      .. "data's target_means and target_deviations), other figures are not</p>"
  end
  if run.result.weights == "last" then
    out[#out + 1] = '<p class="dim">the weights are those of the last epoch</p>'
  end
  if run.result.digest then
    out[#out + 1] = ('<p class="dim">digest of the last weights <code>%s</code></p>'):format(
      escape(show(run.result.digest)))
  end
end

-- ---- curves ----

local function series_of(run, name)
  local line, any = { name = name, x = {}, y = {} }, false
  for i, row in ipairs(run.metrics) do
    line.x[i], line.y[i] = number(row, "epoch") or i, number(row, name) or 0 / 0
    any = any or number(row, name) ~= nil
  end
  return any and line or nil
end

-- The line of a metric that steps.jsonl has.
local function steps_of(run, name)
  local line = { name = "update by update", x = {}, y = {} }
  for i, row in ipairs(run.steps or {}) do
    line.x[i], line.y[i] = number(row, "epoch") or i, number(row, name)
    if not line.y[i] then
      return nil
    end
  end
  return line.x[1] and line or nil
end

-- Whether the values are above 0 and lie far apart.
local function is_wide(series, factor)
  local low, high = math.huge, 0
  for _, line in ipairs(series) do
    for _, v in ipairs(line.y) do
      if v == v then
        low, high = math.min(low, v), math.max(high, v)
      end
    end
  end
  return low > 0 and high < math.huge and high > factor * low
end

local function epoch_at(run, step)
  local last = run.metrics[#run.metrics]
  local steps, epoch = number(last, "step"), number(last, "epoch")
  return step and steps and steps > 0 and epoch and step / steps * epoch or nil
end

local WORDS = { rollback = "rolled back", extend = "extended",
  continue = "continued", resume = "resumed" }

local function marks_of(run, with_best)
  local marks = {}
  local epoch = number(run.result.best, "epoch")
  if with_best and epoch then
    marks[1] = { x = epoch, text = "best" }
  end
  for _, event in ipairs(run.history) do
    local x = epoch_at(run, number(event, "from_step") or number(event, "step"))
    if x and #marks < 8 then
      marks[#marks + 1] = { x = x, text = WORDS[event.event] or show(event.event) }
    end
  end
  return marks
end

-- The lines of each metric's chart.
local function charts_of(run)
  local charts = {}
  for _, entry in ipairs(metrics.paired) do
    local last = charts[#charts]
    if not last or last.metric ~= entry.metric then
      last = { metric = entry.metric, series = {} }
      charts[#charts + 1] = last
    end
    table.insert(last.series, series_of(run, entry.name))
  end
  for _, chart in ipairs(charts) do
    table.insert(chart.series, steps_of(run, chart.metric.name))
  end
  return charts
end

local function put_charts(out, run)
  if #run.metrics == 0 then
    return
  end
  heading(out, "Curves")
  out[#out + 1] = '<div class="charts">'
  for _, chart in ipairs(charts_of(run)) do
    local metric, series = chart.metric, chart.series
    if #series > 0 then
      out[#out + 1] = svg.chart {
        title = metric.label, x_label = "epoch", series = series, bare = true, legend = "above",
        log_y = metric.wide and is_wide(series, metric.wide), marks = marks_of(run, metric.splits),
      }
    end
  end
  out[#out + 1] = "</div>"
end

local function put_notes(out, run)
  local lines = {}
  for i, note in ipairs(list_of(run.result.notes)) do
    lines[i] = "<li>" .. escape(show(note.text)) .. "</li>"
  end
  if #lines > 0 then
    heading(out, "What the run saw")
    out[#out + 1] = "<ul>" .. table.concat(lines, "\n") .. "</ul>"
  end
end

-- ---- what it was made of ----

local function shape_text(row)
  local parts = {}
  for i, d in ipairs(list_of(row.output)) do
    parts[i] = i == 1 and row.time and "t" or show(d)
  end
  return "(" .. table.concat(parts, ", ") .. ")"
end

local function put_network(out, run)
  local rows, total = {}, 0
  for i, row in ipairs(list_of(run.network)) do
    row = list_of(row)
    local n = number(row, "parameters") or 0
    total = total + n
    rows[i] = { show(row.name), show(row.text), shape_text(row), n > 0 and count(n) or "-" }
  end
  if #rows > 0 then
    rows[#rows + 1] = { "", "", "", count(total) }
    heading(out, "Network")
    put_table(out, { "layer", "is", "output", "parameters" }, rows, { [4] = true })
  end
end

local function put_norms(out, run)
  local rows = {}
  for name, norm in sorted.pairs(list_of(run.result.grad_norms)) do
    rows[#rows + 1] = { show(name), figure(number(norm, "mean")), figure(number(norm, "max")) }
  end
  if #rows > 0 then
    heading(out, "Gradients of the last epoch")
    put_table(out, { "parameter", "mean norm", "largest" }, rows, { false, true, true })
  end
end

-- Plain values of a tree by path.
local function flatten(t, path, rows)
  for key, item in sorted.pairs(t) do
    local below = path and path .. "." .. tostring(key) or tostring(key)
    if type(item) == "table" then
      flatten(item, below, rows)
    else
      rows[#rows + 1] = { below, show(item) }
    end
  end
  return rows
end

local function put_tree(out, title, t)
  local rows = flatten(list_of(t), nil, {})
  if #rows > 0 then
    heading(out, title)
    put_table(out, nil, rows)
  end
end

local function put_history(out, run)
  local rows = {}
  for i, event in ipairs(run.history) do
    if i <= MOST_EVENTS then
      local parts, rest = {}, {}
      for key, item in pairs(event) do
        rest[key] = key ~= "event" and item or nil
      end
      for _, pair in ipairs(flatten(rest, nil, {})) do
        parts[#parts + 1] = pair[1] .. " " .. pair[2]
      end
      rows[i] = { WORDS[event.event] or show(event.event), table.concat(parts, ", ") }
    end
  end
  if #rows > 0 then
    heading(out, "What happened to it")
    put_table(out, nil, rows)
  end
end

-- ---- how to repeat it ----

local function put_repeat(out, run)
  heading(out, "To repeat it")
  local lines = {}
  if not run.folder then
    lines[1] = command.line("replay", run.path)
  elseif run.result.digest then
    local pack = run.label .. ".yaml"
    lines[1] = command.line("pack", run.folder, "-o", pack)
    lines[2] = command.line("replay", pack)
  else
    lines[1] = command.line("resume", run.folder)
  end
  out[#out + 1] = "<pre>" .. escape(table.concat(lines, "\n")) .. "</pre>"
  out[#out + 1] = '<p class="dim">A replay trains again and compares every figure. The same '
    .. "program on the same kind of machine gives the same bits with any number of threads.</p>"
end

local STARTED = { "recipe", "overrides", "seed_flag", "epochs", "args", "choices" }

local function put_started(out, run)
  local started = {}
  for _, key in ipairs(STARTED) do
    started[key:gsub("_flag$", "")] = (run.started or {})[key]
  end
  put_tree(out, "How it was started", started)
end

--- The beginning of a page of ours, up to its body: list of texts.
---@param title string
---@return string[]
function report.open(title)
  return {
    "<!DOCTYPE html>", '<html lang="en"><head><meta charset="utf-8">',
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
      .. "style-src 'unsafe-inline'\">",
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    ("<title>%s</title>"):format(escape(title)), "<style>" .. style .. "</style></head><body>",
  }
end

--- The page of a run.
-- run: name, label, path, folder (nil for an experiment file), result, metrics = lines of
-- epochs, history = list of events, network, settings, data, program, machine, started,
-- range, recipe = its text.
---@param run table
---@return string
function report.html(run)
  local out = report.open(show(run.name or run.label))
  put_head(out, run)
  put_tiles(out, run)
  put_charts(out, run)
  put_notes(out, run)
  put_figures(out, run)
  put_history(out, run)
  put_network(out, run)
  put_norms(out, run)
  put_tree(out, "Data", run.data)
  put_tree(out, "How the rate was found", run.range)
  put_started(out, run)
  put_repeat(out, run)
  put_tree(out, "Program", run.program)
  put_tree(out, "Machine", run.machine)
  out[#out + 1] = "<details><summary>All settings</summary>"
  put_table(out, nil, flatten(list_of(run.settings), nil, {}))
  out[#out + 1] = "</details>"
  if run.recipe then
    out[#out + 1] = "<details><summary>Recipe</summary><pre>" .. escape(run.recipe)
      .. "</pre></details>"
  end
  out[#out + 1] = "</body></html>\n"
  return table.concat(out, "\n")
end

return report
