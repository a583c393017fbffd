--- A study as one HTML page, from its folder: what came of it, how it went, what mattered. No
--- recipe is run, and a search may be at it. Layer: study.

local command = require "lrrun.util.command"
local counted = require "lrrun.util.counted"
local gather = require "lrrun.study.gather"
local pages = require "lrrun.page"
local parallel = require "lrrun.page.parallel"
local parts = require "lrrun.study.parts"
local round = require "lrrun.page.round"
local screen = require "lrrun.util.screen"
local trial_table = require "lrrun.study.trial_table"
local view = require "lrrun.study.view"

local page = {}

local MOST_SLICES = 24 -- dimensions that are drawn
local MOST_CURVES = 20 -- trials whose reports are drawn
local MANY = 150 -- points from which they are small
local PAD = 0.04 -- of an axis' length, at its ends
local STATES = { "complete", "pruned", "paused", "running", "fail" }
local WORDS = { fail = "failed" }
local COLORS = { complete = 1, pruned = 8, paused = 9, fail = 4, best = 3 }
local KINDS = { advice = "advice", rates = "sensitivity" }

local function counts_text(counts)
  local words = {}
  for _, state in ipairs(STATES) do
    words[#words + 1] = counts[state] and ("%d %s"):format(counts[state], WORDS[state] or state)
      or nil
  end
  return table.concat(words, ", ")
end

-- "random search with asha, 30 of 40 trials: 20 complete, 10 pruned".
local function subtitle(study, trials, counts)
  local set = study.set
  local kind = KINDS[set.strategy]
  local what = kind and ("trainings of %s %s that has not come to its end"):format(
    kind == "advice" and "an" or "a", kind)
    or ("%s search%s"):format(set.strategy, set.pruner and " with " .. set.pruner or "")
  local many = kind ~= "advice" and ("%d of %d trials"):format(#trials, set.trials)
    or counted(#trials, "trial")
  return ("%s, %s%s"):format(what, many, #trials > 0 and ": " .. counts_text(counts) or "")
end

local function objectives_of(study)
  return study.set.objectives or { { monitor = study.set.monitor, mode = study.set.mode } }
end

local function seconds_text(x)
  return x < 120 and ("%.3g s"):format(x) or x < 7200 and ("%.0f min"):format(x / 60)
    or ("%.1f h"):format(x / 3600)
end

local function put_tiles(p, study, trials, best)
  local tiles, seconds = {}, 0
  for i, item in ipairs(best and objectives_of(study) or {}) do
    local value = study.set.objectives and best.objectives[i] or best.value
    tiles[i] = { (study.set.objectives and "knee: " or "best ") .. item.monitor, round(value) }
  end
  for _, t in ipairs(trials) do
    seconds = seconds + (t.seconds or 0)
  end
  tiles[#tiles + 1] = best and { study.set.objectives and "of trial" or "best trial",
    tostring(best.number) } or nil
  tiles[#tiles + 1] = { "trials", tostring(#trials) }
  tiles[#tiles + 1] = seconds > 0 and { "training in all", seconds_text(seconds) } or nil
  p:tiles(tiles)
end

local function put_best(p, study, best)
  if not best then
    return
  end
  local rows, spread = {}, parts.spread(best.by_seed)
  for _, dim in ipairs(study.space.dims) do
    local value = best.params[dim.name]
    rows[#rows + 1] = value ~= nil and { dim.name, trial_table.shown(value) } or nil
  end
  for _, text in ipairs(best.changes or {}) do
    rows[#rows + 1] = { text, "" }
  end
  p:heading(study.set.objectives and "The knee" or "The best trial")
  if spread then
    p:text(("%s %s ± %s over %s"):format(study.set.monitor, round(best.value), round(spread),
      counted(#best.by_seed, "seed")), "dim")
  end
  p:table { rows = rows, right = { [2] = true } }
  p:commands { command.line("replay", ("%s#%d"):format(study.folder, best.number)) }
end

-- Ends of the axis of values, with some room; nil for the chart's own.
local function ends_of(range)
  if not range or range.high <= range.low then
    return nil
  elseif range.log then
    local factor = (range.high / range.low) ^ PAD
    return range.low / factor, range.high * factor, true
  end
  local pad = PAD * (range.high - range.low)
  return range.low - pad, range.high + pad, false
end

local function with_ends(chart, range)
  chart.y_low, chart.y_high, chart.log_y = ends_of(range)
  return chart
end

-- A series of points of one state, kept where there are any.
local function add_points(series, name, points, x, extra)
  local s = { name = WORDS[name] or name, kind = "points", x = {}, y = {}, tips = {},
    color = COLORS[name], small = #points > MANY }
  for _, point in ipairs(points) do
    if point.state == name then
      s.x[#s.x + 1], s.y[#s.y + 1] = point[x], point.value
      s.tips[#s.tips + 1] = ("trial %d"):format(point.number)
    end
  end
  for key, value in pairs(extra or {}) do
    s[key] = value
  end
  series[#series + 1] = s.x[1] and s or nil
end

-- The best value so far as steps.
local function steps_of(best, color)
  local s = { name = "best so far", x = {}, y = {}, color = color }
  for i, item in ipairs(best) do
    local before = best[i - 1]
    if not before or before.value ~= item.value or i == #best then
      if before then
        s.x[#s.x + 1], s.y[#s.y + 1] = item.number, before.value
      end
      s.x[#s.x + 1], s.y[#s.y + 1] = item.number, item.value
    end
  end
  return s.x[1] and s or nil
end

local function history_chart(study, range)
  local history, series = gather.history(study), {}
  series[1] = steps_of(history.best, COLORS.best)
  for _, state in ipairs { "complete", "pruned", "paused" } do
    add_points(series, state, history.points, "number", { faint = state ~= "complete" })
  end
  local failed = {}
  for i, number in ipairs(history.failed) do
    failed[i] = { number = number, state = "fail",
      value = range and (study.set.sign > 0 and range.high or range.low) or 0 }
  end
  add_points(series, "fail", failed, "number")
  return with_ends({ title = "History: " .. study.set.monitor .. " of each trial", wide = true,
    x_label = "trial", series = series }, range)
end

-- Ends of a dimension's axis, with some room for points.
local function across(chart, axis)
  if axis.scale == "choice" then
    chart.x_low, chart.x_high, chart.x_ticks, chart.x_names = 0.5, #axis.labels + 0.5, {},
      axis.labels
    for i = 1, #axis.labels do
      chart.x_ticks[i] = i
    end
  elseif axis.low < axis.high and axis.scale == "log" then
    local factor = (axis.high / axis.low) ^ PAD
    chart.x_low, chart.x_high, chart.log_x = axis.low / factor, axis.high * factor, true
  elseif axis.low < axis.high then
    local pad = PAD * (axis.high - axis.low)
    chart.x_low, chart.x_high = axis.low - pad, axis.high + pad
  end
  if (chart.x_low or 0) == -math.huge or (chart.x_high or 0) == math.huge then
    chart.x_low, chart.x_high = nil, nil
  end
  return chart
end

local function slice_chart(study, slice, range, best)
  local series, title = {}, slice.axis.name
  for _, state in ipairs { "complete", "pruned", "paused" } do
    add_points(series, state, slice.points, "x", { faint = state ~= "complete" })
  end
  for _, point in ipairs(best and slice.points or {}) do
    if point.number == best.number then
      add_points(series, point.state, { point }, "x", { color = COLORS.best, big = true,
        name = study.set.objectives and "knee" or "best" })
    end
  end
  if slice.share then
    title = ("%s (%.0f %%)"):format(screen.line(title), 100 * slice.share)
  end
  if slice.without > 0 then
    title = ("%s; not used by %d"):format(title, slice.without)
  end
  local chart = { title = title, series = series, x_label = slice.axis.name }
  return with_ends(across(chart, slice.axis), range)
end

local function put_curves(p, study, range)
  local series = {}
  for i, curve in ipairs(gather.curves(study, MOST_CURVES)) do
    series[i] = { name = ("trial %d"):format(curve.number), x = curve.x, y = curve.y,
      color = i == 1 and COLORS.best or 1, faint = i > 1, hidden = i > 1 }
    if curve.state ~= "complete" then
      series[i].color = COLORS.pruned
    end
  end
  if series[1] then
    p:charts { { title = ("%s as the %d best trials went"):format(study.set.monitor, #series),
      x_label = "evaluation", series = series, log_y = range.log } }
  end
end

local function put_importance(p, list)
  local items = {}
  for i, item in ipairs(list) do
    items[i] = i <= MOST_SLICES and { name = item.name, value = item.share,
      text = ("%.0f %%"):format(100 * item.share) } or nil
  end
  p:heading "What mattered"
  p:bars { title = "Importance", items = items }
  p:text("The share of the spread of the trials' ranks that bins of each dimension alone explain: "
    .. "Kelley's epsilon squared over up to six bins of equal counts (T. L. Kelley, PNAS 21, "
    .. "1935), scaled to add up to 100 %. It is a marginal variance, as fANOVA's is (Hutter et "
    .. "al., ICML 2014), without its forest. What only two dimensions together explain is not in "
    .. "it.", "dim")
end

local function put_slices(p, study, shares, range, best)
  local charts = {}
  local slices = gather.slices(study, shares)
  for i, slice in ipairs(slices) do
    if i <= MOST_SLICES and slice.points[1] then
      charts[#charts + 1] = slice_chart(study, slice, range, best)
    end
  end
  if not charts[1] then
    return
  end
  p:heading(("%s over each dimension"):format(study.set.monitor))
  if #slices > MOST_SLICES then
    p:text(("the %d most important of %d dimensions"):format(MOST_SLICES, #slices), "dim")
  end
  p:charts(charts)
end

local function put_lines(p, study, shares)
  local found = gather.parallel(study, shares)
  local dims = #found.axes - found.count
  local kept = math.min(dims, parallel.MOST - found.count)
  local rails, places = {}, {}
  for k, axis in ipairs(found.axes) do
    if k <= kept or k > dims then
      places[#places + 1] = k
      rails[#rails + 1] = { name = axis.name, labels = axis.labels, low = axis.low,
        high = axis.high, log = axis.scale == "log" }
    end
  end
  if kept < 1 or not found.lines[2] then
    return
  end
  for _, line in ipairs(found.lines) do
    local values, at = {}, {}
    for i, k in ipairs(places) do
      values[i], at[i] = line.values[k], line.places[k]
    end
    line.values, line.places = values, at
    line.name = ("trial %d, %s"):format(line.number, line.state)
  end
  p:heading "All dimensions at once"
  p:charts { parallel.figure { title = "A line for each trial" .. (kept < dims
    and (", the %d most important dimensions"):format(kept) or ""), rails = rails,
    lines = found.lines } }
  p:text("Drag along a rail to see the lines that pass through there; double-click to see all.",
    "hint")
end

local function put_fronts(p, study)
  local charts = {}
  for i, pair in ipairs(gather.fronts(study) or {}) do
    local series = { { name = "beaten", color = 8, faint = true },
      { name = "beaten by no other", color = 1 }, { name = "knee", color = 3, big = true } }
    for _, s in ipairs(series) do
      s.kind, s.x, s.y, s.tips = "points", {}, {}, {}
    end
    for _, point in ipairs(pair.points) do
      local s = series[point.knee and 3 or point.front and 2 or 1]
      table.insert(s.x, point.x)
      table.insert(s.y, point.y)
      table.insert(s.tips, ("trial %d"):format(point.number))
    end
    local function axis(item)
      return ("%s (%s is better)"):format(item.name, item.mode == "max" and "more" or "less")
    end
    charts[i] = pair.points[1] and { title = ("%s against %s"):format(pair.y.name, pair.x.name),
      x_label = axis(pair.x), y_label = axis(pair.y), series = series } or nil
  end
  if charts[1] then
    p:heading "Pareto front"
    p:charts(charts)
  end
end

local function put_notes(p, study, range)
  local notes = {}
  if range and range.beyond > 0 then
    notes[1] = ("%s far worse than the others and at the edge of the charts"):format(
      counted(range.beyond, "trial is", "trials are"))
  end
  if gather.left_out(study) > 0 then
    notes[#notes + 1] = ("slices and lines show the %d best trials, not the other %d"):format(
      gather.MOST, gather.left_out(study))
  end
  for i, text in ipairs(study.notes) do
    notes[#notes + 1] = i <= 20 and { text, level = "warning" } or nil
  end
  if notes[1] then
    p:notes(notes)
  end
end

--- The page of the study in a folder. Raises where its files are none.
---@param folder string
---@return string
function page.html(folder)
  local study = view.read(folder)
  local p = pages.new(study.name)
  if not study.set then
    p:title(study.name, "a study that has not begun")
    put_notes(p, study)
    return p:html()
  end
  local trials, counts = gather.trials(study)
  local best, range = study:best(), gather.range(study)
  p:title(study.name, subtitle(study, trials, counts))
  put_tiles(p, study, trials, best)
  put_notes(p, study, range)
  if trials[1] then
    p:heading "How it went"
    p:charts { history_chart(study, range) }
    put_curves(p, study, range)
  end
  put_best(p, study, best)
  put_fronts(p, study)
  local list, shares = gather.importance(study)
  if list and list[1] then
    put_importance(p, list)
  end
  put_slices(p, study, shares, range, best)
  put_lines(p, study, shares)
  trial_table.put(p, study, trials, best)
  return p:html()
end

return page
