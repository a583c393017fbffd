--- Curves in the terminal: columns of block characters, or lines of braille dots; ASCII
--- where the terminal shows no Unicode. Layer: record.

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

--- Values in one line of at most `width` cells, the lowest at the bottom.
---@param values number[]
---@param width integer
---@param unicode boolean
---@return string
function plot.spark(values, width, unicode)
  local cells = unicode and BLOCKS or ASCII
  local low, high = math.huge, -math.huge
  for _, v in ipairs(values) do
    low, high = math.min(low, v), math.max(high, v)
  end
  local count, parts = #values, {}
  for column = 1, math.min(width, count) do
    local v = values[1 + (column - 1) * count // math.min(width, count)]
    local share = high > low and (v - low) / (high - low) or 0
    parts[column] = cells[1 + math.floor(share * (LEVELS - 1) + 0.5)]
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

-- Dots of a braille cell by row and column, as bits above U+2800.
local DOTS = { { 0x01, 0x08 }, { 0x02, 0x10 }, { 0x04, 0x20 }, { 0x40, 0x80 } }

-- A sheet of dots: set(x, y) with (0, 0) at the lower left; rows() gives texts from the top.
local function canvas(width, height, unicode)
  local across, up = unicode and 2 or 1, unicode and 4 or 1
  local self = { width = width * across, height = height * up }
  local cells, left = {}, {}
  function self.leave(x)
    left[x // across + 1] = unicode and "↑" or "^"
  end
  function self.set(x, y, sign)
    local row, column = height - y // up, x // across + 1
    local at = (row - 1) * width + column
    if unicode then
      cells[at] = (cells[at] or 0) | DOTS[up - y % up][x % across + 1]
    elseif not cells[at] or sign == "*" then
      cells[at] = sign
    end
  end
  function self.rows()
    local out = {}
    for row = 1, height do
      local parts = {}
      for column = 1, width do
        local cell = cells[(row - 1) * width + column]
        parts[column] = row == 1 and left[column] or not cell and " "
        or unicode and utf8.char(0x2800 + cell) or cell
      end
      out[row] = table.concat(parts):gsub("%s+$", "")
    end
    return out
  end
  return self
end

local function span_of(values)
  local low, high = math.huge, -math.huge
  for _, v in ipairs(values) do
    low, high = math.min(low, v), math.max(high, v)
  end
  return low, high > low and high - low or 1
end

-- Dots from one to the next point, so that the line has no gaps; where it is above the sheet, an
-- arrow.
local function draw_line(sheet, x0, y0, x1, y1)
  local n = math.max(math.abs(x1 - x0), math.abs(y1 - y0), 1)
  for i = 0, n do
    local x, y = (x0 * (n - i) + x1 * i + n // 2) // n, (y0 * (n - i) + y1 * i + n // 2) // n
    if y < sheet.height then
      sheet.set(x, y, "*")
    else
      sheet.leave(x)
    end
  end
end

local function draw_mark(sheet, x)
  for y = 0, sheet.height - 1, 2 do
    sheet.set(x, y, "|")
  end
end

-- Highest value shown: a diverging end must not press the rest flat.
local function cap_of(ys)
  local low, span = span_of(ys)
  return math.min(low + span, math.max(ys[1], low) + (ys[1] > low and (ys[1] - low) or span))
end

local MOST_ABOVE = 16 -- heights of the sheet that a line is followed above it

-- A line with letters in the columns that `place` gives; one that is taken has the next to it.
local function letters_of(letters, width, place)
  local cells = {}
  for _, item in ipairs(letters) do
    local at = place(item[1]) + 1
    while cells[at] and at < width do
      at = at + 1
    end
    cells[at] = item[2]
  end
  local parts = {}
  for i = 1, width do
    parts[i] = cells[i] or " "
  end
  return (table.concat(parts):gsub("%s+$", ""))
end

--- Lines of a plot of the points (xs, ys), xs ascending. Far above the first value it is cut, and
--- arrows stand where it goes on.
-- opts: width (of everything) and height in characters, unicode, log_x, mark = an x to show,
-- letters = list of { x, a letter } that stand in a line of their own below the axis.
---@param xs number[]
---@param ys number[]
---@param opts {width: integer, height: integer, unicode: boolean, log_x: boolean, mark: number?,
--- letters: table[]?}
---@return string[]
function plot.curve(xs, ys, opts)
  local frame = opts.unicode and { " │", "└", "─" } or { " |", "+", "-" }
  local width = math.max(16, opts.width - 12)
  local sheet = canvas(width, opts.height, opts.unicode)
  local position = opts.log_x and math.log or function(x)
    return x
  end
  local first = position(xs[1])
  local across = position(xs[#xs]) - first
  local low, high = span_of(ys), cap_of(ys)
  local function column(x)
    local share = across > 0 and (position(x) - first) / across or 0
    return math.floor(math.max(0, math.min(1, share)) * (sheet.width - 1) + 0.5)
  end
  local function row(y)
    local share = high > low and (y - low) / (high - low) or 0
    return math.floor(math.min(share, MOST_ABOVE) * (sheet.height - 1) + 0.5)
  end
  if opts.mark then
    draw_mark(sheet, column(opts.mark))
  end
  for i = 2, #xs do
    draw_line(sheet, column(xs[i - 1]), row(ys[i - 1]), column(xs[i]), row(ys[i]))
  end
  local lines = sheet.rows()
  for i, text in ipairs(lines) do
    lines[i] = (i == 1 and label(high) or i == #lines and label(low) or (" "):rep(9)) .. frame[1]
      .. text
  end
  local left, right = ("%.3g"):format(xs[1]), ("%.3g"):format(xs[#xs])
  lines[#lines + 1] = (" "):rep(10) .. frame[2] .. frame[3]:rep(width)
  if opts.letters then
    lines[#lines + 1] = (" "):rep(11) .. letters_of(opts.letters, width, function(x)
      return column(x) * width // sheet.width
    end)
  end
  lines[#lines + 1] = (" "):rep(11) .. left .. (" "):rep(width - #left - #right) .. right
  return lines
end

return plot
