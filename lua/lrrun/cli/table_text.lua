--- Rows of cells as columns of the screen. Layer: cli.

local screen = require "lrrun.util.screen"

-- Columns of the screen that a cell takes at most, but the last.
local WIDEST = 28
-- And those that a last one has, whatever the others leave it.
local LEAST = 8
local GAP = 2

-- Columns of the screen for the last cell of a row.
local function room_of(out, widths)
  local room = out:width()
  for i = 1, #widths - 1 do
    room = room - widths[i] - GAP
  end
  return math.max(room, LEAST)
end

--- Prints them; the first row has the names.
---@param out table
---@param rows string[][]
---@param cuts boolean? whether the last cell of a row ends in "..." where it is too long for a line
return function(out, rows, cuts)
  local widths = {}
  for _, row in ipairs(rows) do
    for i, cell in ipairs(row) do
      widths[i] = math.max(widths[i] or 0, math.min(screen.columns(cell), WIDEST))
    end
  end
  local room = cuts and room_of(out, widths)
  for _, row in ipairs(rows) do
    for i, cell in ipairs(row) do
      row[i] = i < #row and screen.pad(cell, widths[i], WIDEST)
        or room and screen.cut(cell, room) or cell
    end
    out:print("%s", (table.concat(row, (" "):rep(GAP)):gsub("%s+$", "")))
  end
end
