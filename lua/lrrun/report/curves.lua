--- Curves of a run as charts have them: by epoch from metrics.jsonl, by update from steps.jsonl.
--- Layer: report.

local metrics = require "lrrun.metrics"
local phases = require "lrrun.report.phases"
local units = require "lrrun.util.units"
local values = require "lrrun.report.values"

local curves = {}

local number, list = values.number, values.list
local MOST_MARKS = 8
local SHOWN = 12 -- parameters whose gradients have a line

--- What happened to a run, in words.
curves.WORDS = { rollback = "rolled back", extend = "extended", continue = "continued",
  resume = "resumed" }

-- The line of a key over another, nil where no row has it.
local function line_of(rows, x_key, y_key, name)
  local line, any = { name = name, x = {}, y = {} }, false
  for i, row in ipairs(rows or {}) do
    local y = number(row, y_key)
    line.x[i], line.y[i] = number(row, x_key) or i, y or 0 / 0
    any = any or y ~= nil
  end
  return any and line or nil
end

--- A metric by epoch, nil where the run has it not.
---@param run table
---@param name string such as "val_loss"
---@return table?
function curves.by_epoch(run, name)
  return line_of(run.metrics, "epoch", name, name)
end

--- What a run logged of each so many updates, over `x_key`, "step" or "epoch".
---@param run table
---@param name string such as "loss"
---@param x_key string
---@return table?
function curves.by_step(run, name, x_key)
  return line_of(run.steps, x_key, name, name)
end

local FEW_ZEROS = 0.1 -- share of values that an axis may leave out

--- Whether values are above 0, but for a few that are 0, and lie far apart.
---@param series table[]
---@param factor number
function curves.is_wide(series, factor)
  local low, high, n, zeros = math.huge, 0, 0, 0
  for _, line in ipairs(series) do
    for _, v in ipairs(line.y) do
      if v == 0 then
        zeros = zeros + 1
      elseif v == v then
        low, high = math.min(low, v), math.max(high, v)
      end
      n = n + (v == v and 1 or 0)
    end
  end
  return low > 0 and high < math.huge and high > factor * low and zeros <= FEW_ZEROS * n
end

--- Updates of an epoch, nil where no line tells.
---@param run table
---@return number?
function curves.steps_per_epoch(run)
  local last = run.metrics[#run.metrics]
  local step, epoch = number(last, "step"), number(last, "epoch")
  return step and epoch and epoch > 0 and step > 0 and step / epoch or nil
end

-- Marks at epochs, or at updates where `per_epoch` says how many these are.
local function marks_of(run, with_best, per_epoch)
  local marks, each = {}, curves.steps_per_epoch(run)
  local best = number(run.result.best, "epoch")
  if with_best and best then
    marks[1] = { x = per_epoch and best * per_epoch or best, text = "best" }
  end
  for _, event in ipairs(run.history) do
    local step = number(event, "from_step") or number(event, "step")
    local x = step and (per_epoch and step or each and step / each)
    if x and #marks < MOST_MARKS then
      marks[#marks + 1] = { x = x, minor = true,
        text = curves.WORDS[event.event] or values.show(event.event) }
    end
  end
  return marks
end

local function add_metric(charts, run, metric, names)
  local series = {}
  for _, name in ipairs(names) do
    series[#series + 1] = curves.by_epoch(run, name)
  end
  if #series > 0 then
    charts[#charts + 1] = { title = metric.label .. " by epoch", x_label = "epoch",
      series = series, log_y = metric.wide and curves.is_wide(series, metric.wide) or nil,
      marks = marks_of(run, metric.splits) }
  end
end

-- One metric over updates, with the means of whole epochs where the run has them.
local function add_steps(charts, run, metric, names)
  local line, each = curves.by_step(run, metric.name, "step"), curves.steps_per_epoch(run)
  if not line then
    return
  end
  line.name, line.faint, line.color = metric.name .. " of updates", true, 1
  local series = { line }
  for _, name in ipairs(each and names or {}) do
    local epochs = line_of(run.metrics, "step", name, name)
    if epochs then
      epochs.kind, epochs.color = #epochs.x <= 40 and "both" or nil, #series
      series[#series + 1] = epochs
    end
  end
  charts[#charts + 1] = { title = metric.label .. " by update", x_label = "update",
    series = series, log_y = metric.wide and curves.is_wide(series, metric.wide) or nil,
    marks = each and marks_of(run, metric.splits, each) or nil }
end

--- Charts of all metrics of a run but the rate.
---@param run table
---@return table[]
function curves.metrics(run)
  local charts, groups = {}, {}
  for _, entry in ipairs(metrics.paired) do
    local last = groups[#groups]
    if not last or last.metric ~= entry.metric then
      last = { metric = entry.metric, names = {} }
      groups[#groups + 1] = last
    end
    table.insert(last.names, entry.name)
  end
  for _, group in ipairs(groups) do
    if group.metric.name ~= "lr" then
      add_metric(charts, run, group.metric, group.names)
      add_steps(charts, run, group.metric, group.names)
    end
  end
  return charts
end

local function total_steps(run, each)
  local epochs = list(run.settings).epochs
  local d = type(epochs) == "string" and units.parse(epochs) or epochs
  local done = number(run.result, "steps") or 0
  local ok, steps = pcall(units.exact_steps, d, { steps_per_epoch = each })
  return math.max(ok and steps == steps and steps < 2 ^ 53 and steps or 0, done, 1)
end

--- The chart of the rate over updates, its phases marked; nil where no line has it.
---@param run table
---@return table?
function curves.rate(run)
  local line = curves.by_step(run, "lr", "step") or line_of(run.metrics, "step", "lr", "lr")
  if not line then
    return nil
  end
  local each = curves.steps_per_epoch(run)
  line.name = "rate"
  return { title = "learning rate", x_label = "update", series = { line }, y_low = nil,
    x_low = 0, marks = each and marks_of(run, false, each) or nil,
    phases = each and phases(run.settings, { steps_per_epoch = each,
      total_steps = total_steps(run, each) }) or nil }
end

-- Parameters in the order in which their gradients' means are largest at the end.
local function parameters_of(run)
  local last, names = {}, {}
  for _, row in ipairs(run.metrics) do
    for name, norm in pairs(list(list(row).grad_norms)) do
      if type(name) == "string" then
        last[name] = number(norm, "mean") or last[name] or 0
      end
    end
  end
  for name in pairs(last) do
    names[#names + 1] = name
  end
  table.sort(names, function(a, b)
    if last[a] ~= last[b] then
      return last[a] > last[b]
    end
    return a < b
  end)
  return names
end

--- The chart of gradient norms of each parameter by epoch; nil where the run was not asked for
--- them. Of many the smaller ones are hidden until their name is clicked.
---@param run table
---@return table?
function curves.gradients(run)
  local series = {}
  for k, name in ipairs(parameters_of(run)) do
    local line = { name = name, x = {}, y = {}, off = k > SHOWN or nil }
    for i, row in ipairs(run.metrics) do
      line.x[i] = number(row, "epoch") or i
      line.y[i] = number(list(list(row).grad_norms)[name], "mean") or 0 / 0
    end
    series[k] = line
  end
  if #series == 0 then
    return nil
  end
  return { title = "gradient norms by parameter", x_label = "epoch", series = series,
    log_y = curves.is_wide(series, 10) or nil }
end

return curves
