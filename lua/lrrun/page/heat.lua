--- A heat map: numbers of rows and columns as tinted squares. Layer: page.

local escape = require "lrrun.page.escape"
local round = require "lrrun.page.round"
local screen = require "lrrun.util.screen"

local heat = {}

local WIDTH, LONGEST = 480, 14 -- columns of a name
local LETTER = 6.6 -- width of one

--- The most rows and columns that a map shows; more of them are a table's.
heat.MOST = 40

local function cut(name)
  return screen.cut(name, LONGEST)
end

local function widest(names)
  return screen.widest(names, cut, 1) * LETTER
end

local function put_cells(add, map, place, size)
  local most = 0
  for _, row in ipairs(map.values) do
    for _, v in ipairs(row) do
      most = math.max(most, v)
    end
  end
  for i, row in ipairs(map.values) do
    for k, v in ipairs(row) do
      if v ~= 0 and v == v then
        local share = map.shares and map.shares[i][k] or v / math.max(most, 1e-300)
        local text = (map.text or round)(v)
        local x, y = place(i, k)
        add('<g data-tip="%s"><rect class="cell" x="%.1f" y="%.1f" width="%.1f" height="%.1f" '
          .. 'fill-opacity="%.2f"/>', escape(("%s, %s: %s"):format(screen.line(map.rows[i]),
          screen.line(map.columns[k]), text)), x, y, size - 1, size - 1, 0.08 + 0.8 * share)
        if #text * LETTER < size - 2 then
          add('<text x="%.1f" y="%.1f" text-anchor="middle"%s>%s</text>', x + size / 2 - 0.5,
            y + size / 2 + 4, share > 0.5 and ' style="fill:var(--back)"' or ' class="name"',
            escape(text))
        end
        add "</g>"
      end
    end
  end
end

--- A figure. map: title, rows and columns = names, row_label, column_label, values = a list of
--- rows of numbers from 0 on, shares = likewise in [0, 1] (how dark; else by the largest value),
--- text = function of a value (else as numbers are rounded).
---@param map table
---@return string
function heat.figure(map)
  local out = {}
  local function add(fmt, ...)
    out[#out + 1] = select("#", ...) > 0 and fmt:format(...) or fmt
  end
  local left, n, m = widest(map.rows) + 26, #map.rows, #map.columns
  local size = math.max(4, math.min(48, (WIDTH - left - 6) / math.max(m, 1)))
  local upright = widest(map.columns) > size - 2
  local top = (upright and widest(map.columns) or 14) + 26
  local function place(i, k)
    return left + (k - 1) * size, top + (i - 1) * size
  end
  add('<figure class="chart"><figcaption>%s</figcaption><div class="holder">', escape(map.title
    or ""))
  add('<svg class="plot heat" viewBox="0 0 %d %.0f" role="img" aria-label="%s">', WIDTH,
    top + n * size + 8, escape(map.title or ""))
  add('<text x="%.1f" y="13" text-anchor="middle">%s</text>', left + m * size / 2,
    escape(map.column_label or ""))
  add('<text transform="translate(12 %.1f) rotate(-90)" text-anchor="middle">%s</text>',
    top + n * size / 2, escape(map.row_label or ""))
  local every = math.ceil(13 / size) -- rows of small squares are not all named
  for i = 1, n, every do
    local _, y = place(i, 1)
    add('<text class="name" x="%.1f" y="%.1f" text-anchor="end">%s</text>', left - 5,
      y + size / 2 + 4, escape(cut(map.rows[i])))
  end
  for k = 1, m, every do
    local x = place(1, k) + size / 2
    if upright then
      add('<text class="name" transform="translate(%.1f %.1f) rotate(-90)">%s</text>', x + 4,
        top - 5, escape(cut(map.columns[k])))
    else
      add('<text class="name" x="%.1f" y="%.1f" text-anchor="middle">%s</text>', x, top - 6,
        escape(cut(map.columns[k])))
    end
  end
  add('<rect class="frame" x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>', left - 1, top - 1,
    m * size + 1, n * size + 1)
  put_cells(add, map, place, size)
  add '</svg></div><div class="readout" hidden></div></figure>'
  return table.concat(out, "\n")
end

return heat
