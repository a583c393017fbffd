--- A table that fits the screen: columns are left out where there is no room, the least needed
--- first. Layer: cli.

local screen = require "lrrun.util.screen"

local GAP = 2

local function widths_of(columns, rows)
  local widths = {}
  for i, column in ipairs(columns) do
    widths[i] = screen.columns(column.head)
    for r = 1, #rows do
      widths[i] = math.max(widths[i], screen.columns(column.cells[r]))
    end
  end
  return widths
end

-- A column that is empty but for "-" says nothing.
local function has_any(column, rows)
  for r = 1, #rows do
    if column.cells[r] ~= "-" then
      return true
    end
  end
  return column.rank == nil
end

local function total_of(widths)
  local total = -GAP
  for _, width in ipairs(widths) do
    total = total + GAP + width
  end
  return total
end

-- The columns with their cells, but those that say nothing.
local function filled(columns, rows)
  local list = {}
  for _, column in ipairs(columns) do
    local one = { head = column[1], right = column.right, rank = column.rank, cells = {} }
    for r, row in ipairs(rows) do
      one.cells[r] = screen.line(column.cell(row))
    end
    list[#list + 1] = has_any(one, rows) and one or nil
  end
  return list
end

-- Leaves columns out until they fit; gives the widths of what is left.
local function fitted(list, rows, width)
  local widths = widths_of(list, rows)
  while total_of(widths) > width do
    local at
    for i, column in ipairs(list) do
      at = column.rank and (not at or column.rank < list[at].rank) and i or at
    end
    if not at then
      break
    end
    table.remove(list, at)
    table.remove(widths, at)
  end
  return widths
end

--- Prints the rows under their heads.
-- columns: list of { head, cell = function(row) -> text, right = whether it stands at the right,
-- rank = how long it stays where room is short, the least goes first (nil: it always stays) }.
---@param out table
---@param columns table[]
---@param rows any[]
return function(out, columns, rows)
  local list = filled(columns, rows)
  local widths = fitted(list, rows, out:width())
  for r = 0, #rows do
    local cells = {}
    for i, column in ipairs(list) do
      cells[i] = screen.pad(r == 0 and column.head or column.cells[r], widths[i], nil,
        column.right)
    end
    local line = table.concat(cells, (" "):rep(GAP)):gsub("%s+$", "")
    out:print("%s", r == 0 and out:paint("bold", line) or line)
  end
end
