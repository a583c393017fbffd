--- What a study's pictures show, as plain tables: its history, slices of each dimension, lines
--- through all of them, importance, and the front of several objectives.
--
-- `study` is one of view.lua or study.lua. A trial is shown where it has a finite value, also one
-- that was pruned or that pauses; those that failed are counted, and stand at the edge of the
-- history. Layer: study.

local importance = require "lrrun.study.importance"
local pareto = require "lrrun.study.pareto"

local gather = {}

local CUT = 0.9 -- share of the values that a picture shows whatever the others are
local FAR = 2 -- how many times the width of these the others may add to it

local WIDE = 30 -- largest over smallest value from which an axis is logarithmic
local LARGEST = 1e99 -- differences of values above it may be none

--- The most trials that slices and lines show: of more the best ones.
gather.MOST = 2000

local function is_finite(x)
  return type(x) == "number" and x == x and math.abs(x) < LARGEST
end

local function is_wide(low, high)
  return low > 0 and high > WIDE * low
end

--- What a trial is called that has come to this: complete, pruned, paused, running, fail.
function gather.state(trial)
  return trial.state == "running" and is_finite(trial.value) and "paused" or trial.state
end

--- All trials by number, and how many there are of each state.
---@param study table
---@return table[] trials
---@return table<string, integer> counts
function gather.trials(study)
  local list, counts = {}, {}
  for number = 0, study.count - 1 do
    local t = study.trials[number]
    if t then
      local state = gather.state(t)
      list[#list + 1], counts[state] = t, (counts[state] or 0) + 1
    end
  end
  return list, counts
end

-- Trials that have a value to show.
local function shown(study)
  local out = {}
  for _, t in ipairs((gather.trials(study))) do
    out[#out + 1] = is_finite(t.value) and t.state ~= "fail" and t or nil
  end
  return out
end

local function by_number(a, b)
  return a.number < b.number
end

-- The same, the best MOST of them where there are more.
local function drawn(study)
  local trials, sign = shown(study), study.set.sign
  if #trials <= gather.MOST then
    return trials
  end
  table.sort(trials, function(a, b)
    return a.value == b.value and a.number < b.number or sign * a.value < sign * b.value
  end)
  trials = table.move(trials, 1, gather.MOST, 1, {})
  table.sort(trials, by_number)
  return trials
end

--- How many trials slices and lines leave out.
---@param study table
---@return integer
function gather.left_out(study)
  return math.max(0, #shown(study) - gather.MOST)
end

--- The values that a picture shows: from the best to where the worst tenth begins, or to the
--- worst, where that is not far off; how many lie beyond, and whether their axis is logarithmic.
--- Nil without a value.
---@param study table
---@return { low: number, high: number, beyond: integer, log: boolean }?
function gather.range(study)
  local sign, values = study.set.sign, {}
  for i, t in ipairs(shown(study)) do
    values[i] = sign * t.value
  end
  if not values[1] then
    return nil
  end
  table.sort(values)
  local least, worst = values[1], values[#values]
  local most = values[math.max(1, math.ceil(CUT * #values))]
  if worst - least <= FAR * (most - least) then
    most = worst
  end
  local beyond = 0
  for _, value in ipairs(values) do
    beyond = beyond + (value > most and 1 or 0)
  end
  local low, high = sign > 0 and least or -most, sign > 0 and most or -least
  return { low = low, high = high, beyond = beyond, log = is_wide(low, high) }
end

--- Trials in the order of their numbers: points = list of { number, value, state }, best = list
--- of { number, value }, the best value that any complete trial had up to there (of all trials
--- where none is complete), from the first that has one; failed = numbers of those that failed.
--- Of several objectives the value is the first's.
---@param study table
---@return { points: table[], best: table[], failed: integer[] }
function gather.history(study)
  local out = { points = {}, best = {}, failed = {} }
  local list, counts = gather.trials(study)
  local sign, best = study.set.sign, nil
  for _, t in ipairs(list) do
    local state = gather.state(t)
    if is_finite(t.value) and state ~= "fail" then
      out.points[#out.points + 1] = { number = t.number, value = t.value, state = state }
      local counted = state == "complete" or not counts.complete
      if counted and (not best or sign * t.value < sign * best) then
        best = t.value
      end
    elseif state == "fail" then
      out.failed[#out.failed + 1] = t.number
    end
    if best then
      out.best[#out.best + 1] = { number = t.number, value = best }
    end
  end
  return out
end

-- A dimension's axis: scale = "log", "linear" or "choice"; low and high, of a choice its labels.
-- Where a dimension says nothing by its range (a study of rates), it is that of what was tried.
local function axis_of(study, place)
  local dim = study.space.dims[place]
  local kind, o = dim.dim.kind, dim.dim.opts
  local axis = { name = dim.name, labels = dim.labels, scale = dim.labels and "choice"
    or kind:find "log" and "log" or "linear", low = o.lo or 1, high = o.hi or #(dim.labels or {}),
    integer = kind:find "int$" ~= nil }
  if study.set.strategy == "advice" or study.set.strategy == "rates" then
    axis.low, axis.high = axis.high, axis.low
    for _, t in ipairs((gather.trials(study))) do
      local x = t.point[place]
      axis.low = x and math.min(axis.low, x) or axis.low
      axis.high = x and math.max(axis.high, x) or axis.high
    end
    if axis.low > axis.high then
      axis.low, axis.high = o.lo, o.hi
    end
  end
  return axis
end

--- A slice for each dimension, in the order of their names or, with shares, the most important
--- first: { axis = { name, scale, low, high, integer, labels }, share, points = list of { x, value,
--- state, number }, without = how many trials that have a value do not use it }. x of a choice is
--- its place in labels.
---@param study table
---@param shares table<string, number>? of importance.of
---@return table[]
function gather.slices(study, shares)
  local out, trials = {}, drawn(study)
  for place, dim in ipairs(study.space.dims) do
    local slice = { axis = axis_of(study, place), share = shares and shares[dim.name],
      points = {}, without = 0, place = place }
    for _, t in ipairs(trials) do
      local x = t.point[place]
      if x then
        slice.points[#slice.points + 1] = { x = x, value = t.value, number = t.number,
          state = gather.state(t) }
      else
        slice.without = slice.without + 1
      end
    end
    out[place] = slice
  end
  table.sort(out, function(a, b)
    if a.share ~= b.share then
      return a.share > b.share
    end
    return a.place < b.place
  end)
  return out
end

--- Where a value stands on an axis, from 0 to 1; 0.5 where the axis has no length.
---@param axis { scale: string, low: number, high: number }
---@param x number
---@return number
function gather.place(axis, x)
  if axis.low == axis.high then
    return 0.5
  elseif axis.scale == "log" then
    local low = math.log(axis.low)
    if x <= 0 then
      return 0 -- of values beyond what is shown
    end
    return (math.log(x) - low) / (math.log(axis.high) - low)
  end
  -- halves: the ends of the widest range there is are further apart than a number can be
  return (x / 2 - axis.low / 2) / (axis.high / 2 - axis.low / 2)
end

-- The axes of what trials came to, and the function that gives it: of several objectives each.
local function value_axes(study, trials)
  local objectives = study.set.objectives
  if not objectives then
    local range = gather.range(study) or {}
    return { { name = study.set.monitor, scale = range.log and "log" or "linear",
      low = range.low, high = range.high } }, function(t)
      return t.value
    end
  end
  local axes = {}
  local function value(t, k)
    return (t.objectives or {})[k]
  end
  for k, item in ipairs(objectives) do
    local axis = { name = item.monitor }
    for _, t in ipairs(trials) do
      local x = value(t, k)
      if is_finite(x) then
        axis.low, axis.high = math.min(axis.low or x, x), math.max(axis.high or x, x)
      end
    end
    axis.scale = axis.low and is_wide(axis.low, axis.high) and "log" or "linear"
    axes[k] = axis
  end
  return axes, value
end

local function clamp(x)
  return math.max(0, math.min(1, x))
end

--- Lines through all dimensions and the value: axes = list of axes as slices have them, then that
--- of the value (of several objectives theirs); count = how many of the last are such; lines =
--- list of { number, state, values = its value on each axis, places = from 0 to 1, both false where
--- the trial does not use the dimension, rank = 0 of the best trial to 1 }, the worst first, so
--- that good ones lie above.
---@param study table
---@param shares table<string, number>?
---@return { axes: table[], count: integer, lines: table[] }
function gather.parallel(study, shares)
  local slices, trials, sign = gather.slices(study, shares), drawn(study), study.set.sign
  local axes, value = value_axes(study, trials)
  local out = { axes = {}, count = #axes, lines = {} }
  for i, slice in ipairs(slices) do
    out.axes[i] = slice.axis
  end
  table.move(axes, 1, #axes, #slices + 1, out.axes)
  table.sort(trials, function(a, b)
    if a.value ~= b.value then
      return sign * a.value > sign * b.value
    end
    return a.number > b.number
  end)
  for i, t in ipairs(trials) do
    local line = { number = t.number, state = gather.state(t), values = {}, places = {},
      rank = #trials > 1 and (#trials - i) / (#trials - 1) or 0 }
    for k, slice in ipairs(slices) do
      line.values[k] = t.point[slice.place] or false
    end
    for k = 1, #axes do
      local x = value(t, k)
      line.values[#slices + k] = is_finite(x) and x
    end
    for k, x in ipairs(line.values) do
      line.places[k] = x and clamp(gather.place(out.axes[k], x))
    end
    out.lines[i] = line
  end
  return out
end

--- What trials reported as they went, of the `most` best ones: list of { number, state, x, y =
--- lists }, the best first. Trials with one report have no curve.
---@param study table
---@param most integer
---@return table[]
function gather.curves(study, most)
  local trials, sign, out = shown(study), study.set.sign, {}
  table.sort(trials, function(a, b)
    return a.value == b.value and a.number < b.number or sign * a.value < sign * b.value
  end)
  for _, t in ipairs(trials) do
    if #out < most and #t.reports > 1 then
      local curve = { number = t.number, state = gather.state(t), x = {}, y = {} }
      for i, item in ipairs(t.reports) do
        curve.x[i], curve.y[i] = item[1], item[2]
      end
      out[#out + 1] = curve
    end
  end
  return out
end

--- Of each dimension its share of the values' spread (importance.lua), the largest first: list of
--- { name, share }; nil with too few trials.
---@param study table
---@return { name: string, share: number }[]?
---@return table<string, number>? shares by name
function gather.importance(study)
  local shares = importance.of(study)
  if not shares then
    return nil
  end
  local out = {}
  for i, dim in ipairs(study.space.dims) do
    out[i] = { name = dim.name, share = shares[dim.name], place = i }
  end
  table.sort(out, function(a, b)
    if a.share ~= b.share then
      return a.share > b.share
    end
    return a.place < b.place
  end)
  return out, shares
end

-- The trials that count in a front, with all of their values.
local function counted(study)
  local out = {}
  for _, t in ipairs(shown(study)) do
    local is_whole = t.state == "complete" and t.objectives ~= nil
    for k = 1, is_whole and #study.set.objectives or 0 do
      is_whole = is_whole and is_finite(t.objectives[k])
    end
    out[#out + 1] = is_whole and t or nil
  end
  return out
end

--- Each pair of a study's objectives: list of { x, y = { name, mode }, points = list of { number,
--- x, y, front = no other beats it (in all objectives), knee } }; nil where there is one
--- objective. Trials that were pruned or pause are left out, as they are of the front.
---@param study table
---@return table[]?
function gather.fronts(study)
  local objectives = study.set.objectives
  if not objectives then
    return nil
  end
  local front, knee, trials, out = {}, study:best(), counted(study), {}
  for _, t in ipairs(pareto.front(study)) do
    front[t.number] = true
  end
  for i = 1, #objectives - 1 do
    for j = i + 1, #objectives do
      local pair = { points = {},
        x = { name = objectives[i].monitor, mode = objectives[i].mode },
        y = { name = objectives[j].monitor, mode = objectives[j].mode } }
      for k, t in ipairs(trials) do
        pair.points[k] = { number = t.number, x = t.objectives[i], y = t.objectives[j],
          front = front[t.number] or false, knee = knee ~= nil and knee.number == t.number }
      end
      out[#out + 1] = pair
    end
  end
  return out
end

return gather
