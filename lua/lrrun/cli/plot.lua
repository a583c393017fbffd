--- A curve in the terminal: columns of block characters, or of ASCII where the terminal
--- shows no Unicode. Layer: cli.

local sys = require "lrrun.native.sys"

local plot = {}

local BLOCKS = { [0] = " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" }
local ASCII = { [0] = " ", ".", ".", ":", ":", ":", "#", "#", "#" }
local LEVELS = 8 -- of one cell

--- Whether the terminal shows Unicode: a UTF-8 locale and no dumb terminal.
function plot.unicode()
  if sys.env "TERM" == "dumb" then
    return false
  end
  local locale = ""
  for _, name in ipairs { "LC_ALL", "LC_CTYPE", "LANG" } do
    local value = sys.env(name)
    if locale == "" and value then
      locale = value
    end
  end
  return locale:lower():find "utf%-?8" ~= nil
end

-- Highest value in each column: of `count` values f(1) ... f(count), so that peaks show.
local function columns_of(f, count, width)
  local out = {}
  for column = 1, width do
    local first = (column - 1) * count // width + 1
    local last = math.max(first, column * count // width)
    local stride = math.max(1, (last - first) // 64)
    local top = f(last)
    for i = first, last, stride do
      top = math.max(top, f(i))
    end
    out[column] = top
  end
  return out
end

local function label(x)
  return ("%9.3g"):format(x)
end

local function bounds(columns)
  local low, high = 0, -math.huge
  for _, v in ipairs(columns) do
    low, high = math.min(low, v), math.max(high, v)
  end
  return low, high
end

-- Cells of one row (1 is the lowest) of a plot of `height` rows over [low, low + span].
local function row_of(columns, row, height, low, span, cells)
  local parts = {}
  for i, v in ipairs(columns) do
    local filled = (v - low) / span * height * LEVELS - (row - 1) * LEVELS
    local level = math.floor(filled + 0.5)
    if row == 1 and v > low then
      level = math.max(level, 1) -- what is not the lowest stays visible
    end
    parts[i] = cells[math.max(0, math.min(LEVELS, level))]
  end
  return table.concat(parts)
end

--- Lines of a plot of f(1) ... f(count), from 0 (or the lowest) to the highest.
-- opts: width (of everything) and height in characters, unicode, left and right = texts
-- below the ends of the axis.
---@param f fun(i: integer): number
---@param count integer
---@param opts {width: integer, height: integer, unicode: boolean, left: string, right: string}
---@return string[]
function plot.lines(f, count, opts)
  local frame = opts.unicode and { " │", "└", "─" } or { " |", "+", "-" }
  local width = math.max(16, opts.width - 12)
  local columns = columns_of(f, count, width)
  local low, high = bounds(columns)
  local span = high > low and high - low or 1
  local lines = {}
  for row = opts.height, 1, -1 do
    local at = (row == opts.height and label(high)) or (row == 1 and label(low)) or (" "):rep(9)
    lines[#lines + 1] = at .. frame[1]
      .. row_of(columns, row, opts.height, low, span, opts.unicode and BLOCKS or ASCII)
  end
  lines[#lines + 1] = (" "):rep(10) .. frame[2] .. frame[3]:rep(width)
  local gap = math.max(1, width - #opts.left - #opts.right)
  lines[#lines + 1] = (" "):rep(11) .. opts.left .. (" "):rep(gap) .. opts.right
  return lines
end

return plot
