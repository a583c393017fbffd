--- Rows of cells as columns of the screen. Layer: cli.

local screen = require "lrrun.util.screen"

-- Columns of the screen that a cell takes at most, but the last.
local WIDEST = 28

--- Prints them; the first row has the names.
---@param out table
---@param rows string[][]
return function(out, rows)
  local widths = {}
  for _, row in ipairs(rows) do
    for i, cell in ipairs(row) do
      widths[i] = math.max(widths[i] or 0, math.min(screen.columns(cell), WIDEST))
    end
  end
  for _, row in ipairs(rows) do
    for i, cell in ipairs(row) do
      row[i] = i < #row and screen.pad(cell, widths[i], WIDEST) or cell
    end
    out:print("%s", (table.concat(row, "  "):gsub("%s+$", "")))
  end
end
