--- The curves of a range test as a chart (lrrun.page.chart): the loss over the rate, up to where it
--- blows up, and the rates that the methods suggest. Layer: range.

local curve = require "lrrun.range.curve"
local suggest = require "lrrun.range.suggest"

local picture = {}

local function column(points, key, count)
  local out = {}
  for i = 1, count do
    out[i] = points[i][key]
  end
  return out
end

-- The rates that are marked, from the lowest on.
local function marks_of(result)
  local marks = {}
  for _, method in ipairs(suggest.methods) do
    local lr = result.suggestions[method]
    marks[#marks + 1] = lr and { x = lr, text = ("%s %.3g"):format(suggest.label(method), lr),
      minor = true } or nil
  end
  marks[#marks + 1] = result.suggestion and { x = result.suggestion,
    text = ("suggestion %.3g"):format(result.suggestion) } or nil
  table.sort(marks, function(a, b)
    return a.x < b.x
  end)
  return marks
end

--- The chart of a test.
---@param result table of range.of, or range.json
---@param title string
---@return table
function picture.chart(result, title)
  local series, top = {}, nil
  local function add(points, key, label, more)
    local count, cut = #points, nil
    if points[1] then
      count, cut = curve.shown(points)
    end
    top = cut and math.max(top or cut, cut) or top
    local s = { name = label, x = column(points, "lr", count), y = column(points, key, count) }
    for name, value in pairs(more or {}) do
      s[name] = value
    end
    series[#series + 1] = s
  end
  for _, each in ipairs(result.tests or {}) do
    add(each.points, "trend", ("seed %d"):format(each.seed))
  end
  if not result.tests then
    add(result.points, "trend", "trend")
    add(result.points, "smoothed", "moving average", { dashed = true })
  end
  return {
    title = title, x_label = "learning rate", y_label = "loss, averaged over log lr", log_x = true,
    series = series, marks = marks_of(result), y_max = top,
  }
end

--- What each method says, in their order: list of { label, the rate or nil, own = those of each
--- seed's test, false for none }.
---@param result table
---@return table[]
function picture.methods(result)
  local out = {}
  for i, name in ipairs(suggest.methods) do
    local row = { label = suggest.label(name), lr = result.suggestions[name], own = {} }
    for k, each in ipairs(result.tests or {}) do
      row.own[k] = (each.suggestions or {})[name] or false
    end
    out[i] = row
  end
  return out
end

return picture
