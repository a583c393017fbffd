--- Advice as files: the loss over the rate as SVG, the trainings as CSV. Layer: advise.

local chart = require "lrrun.page.chart"

local picture = {}

local function is_number(x)
  return type(x) == "number" and x == x and math.abs(x) < math.huge
end

local function cloud(fields)
  fields.kind, fields.x, fields.y, fields.tips = "points", {}, {}, {}
  return fields
end

local function put(group, p)
  group.x[#group.x + 1], group.y[#group.y + 1] = p.lr, p.loss
  group.tips[#group.tips + 1] = ("seed %d"):format(p.seed)
end

-- Points of each share of the run, the longest first. Repeats on other validation samples are
-- beside the curve's level: they are left to the table.
local function shares_of(points)
  local list, by = {}, {}
  for _, p in ipairs(points) do
    if is_number(p.loss) and not p.own_split then
      local group = by[p.share]
      if not group then
        group = cloud { share = p.share }
        by[p.share], list[#list + 1] = group, group
      end
      put(group, p)
    end
  end
  table.sort(list, function(a, b)
    return a.share > b.share
  end)
  return list
end

-- Whole runs of each choice at its best rate, named with their mean.
local function whole_runs(choices)
  local list = {}
  for _, row in ipairs(choices) do
    local group = cloud { name = ("%s %s"):format(row.name,
      is_number(row.loss) and ("%.4g"):format(row.loss) or "-") }
    for _, p in ipairs(row.points) do
      local whole = p.share == 1 and p.lr == row.suggestion and not p.own_split
      if whole and is_number(p.loss) then
        put(group, p)
      end
    end
    list[#list + 1] = group
  end
  return list
end

local function share_text(share)
  return share == 1 and "whole runs" or ("%.3g %% of the run"):format(100 * share)
end

-- Where the axis of the loss is cut: a cliff would leave no room for the valley.
local function highest(result)
  local least, list = math.huge, {}
  local points = table.move(result.points, 1, #result.points, 1, {})
  for _, row in ipairs(result.choices or {}) do
    points[#points + 1] = is_number(row.loss) and row or nil
  end
  for _, p in ipairs(points) do
    if is_number(p.loss) and not p.own_split then
      least, list[#list + 1] = math.min(least, p.loss), p.loss
    end
  end
  table.sort(list)
  local middle = list[(#list + 1) // 2]
  return middle and least + 4 * math.max(middle - least, 1e-12)
end

--- The chart (lrrun.page.chart): points by share, the fitted curve, the interval and the
--- suggestion; of several choices the whole runs of each in the place of the points.
---@param result table of report.of
---@param title string
---@return table
function picture.chart(result, title)
  local series = {}
  if result.curve and result.curve[1] then
    local line = { name = "fit", x = {}, y = {} }
    for i, p in ipairs(result.curve) do
      line.x[i], line.y[i] = p.lr, p.loss
    end
    series[1] = line
  end
  for _, group in ipairs(result.choices and whole_runs(result.choices)
    or shares_of(result.points)) do
    group.name = group.name or share_text(group.share)
    series[#series + 1] = group
  end
  return {
    title = title, x_label = result.key, y_label = result.monitor,
    log_x = true, series = series, y_max = highest(result),
    bands = { { from = result.interval.low, to = result.interval.high } },
    marks = { { x = result.suggestion, text = ("suggestion %.3g"):format(result.suggestion) } },
  }
end

--- The picture.
---@param result table of report.of
---@param name string of the recipe
---@return string
function picture.svg(result, name)
  return chart.picture(picture.chart(result, name .. ": advice on " .. result.key))
end

--- All trainings, a line each.
---@param result table of report.of
---@return string
function picture.csv(result)
  local lines = { "choice,lr,share,steps,seed,loss,state,own_split" }
  for _, of in ipairs(result.choices or { result }) do
    local name = (of.name or ""):gsub(",", "")
    for _, p in ipairs(of.points) do
      lines[#lines + 1] = ("%s,%.17g,%.17g,%d,%d,%s,%s,%s"):format(name, p.lr, p.share,
        p.steps, p.seed, is_number(p.loss) and ("%.17g"):format(p.loss) or "", p.state,
        p.own_split and "yes" or "")
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

return picture
