--- Named bars that lie below each other, such as importance or norms by parameter. Layer: page.

local axis = require "lrrun.page.axis"
local escape = require "lrrun.page.escape"
local round = require "lrrun.page.round"
local screen = require "lrrun.util.screen"

local bars = {}

local WIDTH, ROW, LONGEST, LETTER = 480, 22, 26, 7.4

-- The axis that bars lie along, between two places.
local function along_of(o, left, right)
  local values = {}
  for i, item in ipairs(o.items) do
    values[i] = item.value or 0 / 0
  end
  local low, high = axis.extent({ values }, o.log)
  if o.log and high then
    return axis.new(10.0 ^ math.floor(math.log(low, 10) - 0.01), high,
      { log = true, from = left, to = right })
  end
  return axis.new(0, high and high > 0 and high or 1, { from = left, to = right })
end

--- A figure. o: title, items = list of { name, value, text = what stands at its end, class =
--- "best", "minor" or nil, color = 1 to 10 }, log = from its lowest power of ten on; values below 0
--- are drawn as 0.
---@param o table
---@return string
function bars.figure(o)
  local out = {}
  local left = screen.widest(o.items, function(item)
    return screen.cut(item.name, LONGEST)
  end, 1) * LETTER + 8
  local along = along_of(o, left, WIDTH - 64)
  local function add(fmt, ...)
    out[#out + 1] = fmt:format(...)
  end
  add('<figure class="chart"><figcaption>%s</figcaption><div class="holder">',
    escape(o.title or ""))
  add('<svg class="plot bars" viewBox="0 0 %d %d" role="img" aria-label="%s">', WIDTH,
    #o.items * ROW + 8, escape(o.title or ""))
  for i, item in ipairs(o.items) do
    local y = (i - 1) * ROW + 4
    local value = axis.holds(item.value, o.log) and item.value or nil
    local x = value and along.of(value) or left
    local text = item.text or round(item.value)
    add('<g data-tip="%s"><text class="name" x="%.1f" y="%d" text-anchor="end">%s</text>',
      escape(screen.line(item.name) .. ": " .. text), left - 6, y + 14,
      escape(screen.cut(item.name, LONGEST)))
    add('<rect class="bar c%d%s" x="%.1f" y="%d" width="%.1f" height="%d" rx="2"/>',
      item.color or 1, item.class and " " .. item.class or "", left, y, math.max(1, x - left),
      ROW - 5)
    add('<text x="%.1f" y="%d">%s</text></g>', math.max(x, left + 1) + 5, y + 14, escape(text))
  end
  add '</svg></div><div class="readout" hidden></div></figure>'
  return table.concat(out, "\n")
end

return bars
