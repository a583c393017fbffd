--- Figures of a run over its evaluations, each as one line: in block characters where the
--- terminal shows UTF-8, else in ASCII. Layer: cli.

local metrics = require "lrrun.metrics"
local plot = require "lrrun.record.plot"
local screen = require "lrrun.util.screen"

local sparks = {}

local WIDEST, LEAST = 48, 8 -- cells of a curve

-- The losses and the metric that says which epoch is best; where that is the loss, what else
-- there is of the validation.
local function names_of(rows, monitored)
  local last = rows[#rows]
  local loss = last.val_loss and "val_loss" or "train_loss"
  local names = { loss }
  if monitored.monitor ~= loss then
    names[2] = monitored.monitor
  else
    for _, entry in ipairs(last.val_loss and metrics.val or metrics.train) do
      if entry.name ~= loss and last[entry.name] then
        names[2] = entry.name
        break
      end
    end
  end
  return names
end

-- What is finite of a figure.
local function curve_of(rows, name)
  local values = {}
  for _, row in ipairs(rows) do
    local v = row.event == nil and row[name]
    if type(v) == "number" and v == v and math.abs(v) < math.huge then
      values[#values + 1] = v
    end
  end
  return values
end

-- On the scale that charts of the metric have.
local function scaled(name, values)
  local entry = metrics.by_name[name]
  local low, high = math.huge, -math.huge
  for _, v in ipairs(values) do
    low, high = math.min(low, v), math.max(high, v)
  end
  local wide = entry and entry.metric.wide
  if not wide or low <= 0 or high < wide * low then
    return values
  end
  local out = {}
  for i, v in ipairs(values) do
    out[i] = math.log(v)
  end
  return out
end

local function text_of(name, value)
  local entry = metrics.by_name[name]
  return entry and metrics.text(entry, value) or ("%.4g"):format(value)
end

--- Lines of at most `width` columns; none of fewer than three evaluations.
---@param rows table[] lines of metrics.jsonl
---@param monitored { monitor: string } of record/monitored.lua
---@param width integer
---@return string[]
function sparks.lines(rows, monitored, width)
  local found, lines = {}, {}
  for _, name in ipairs(#rows > 0 and names_of(rows, monitored) or {}) do
    local values = curve_of(rows, name)
    if #values >= 3 then
      found[#found + 1] = { name, scaled(name, values),
        ("%s to %s"):format(text_of(name, values[1]), text_of(name, values[#values])) }
    end
  end
  local head = screen.widest(found, function(item) return item[1] end, 0)
  local tail = screen.widest(found, function(item) return item[3] end, 0)
  local cells = math.min(WIDEST, width - head - tail - 6)
  for i, item in ipairs(cells >= LEAST and found or {}) do
    lines[i] = ("  %s  %s  %s"):format(screen.pad(item[1], head),
      plot.spark(item[2], cells, plot.unicode()), item[3])
  end
  return lines
end

return sparks
