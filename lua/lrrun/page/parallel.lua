--- Parallel coordinates: an upright rail for each quantity, a line through all of them for each
--- item, the best ones in colour and above the others. Layer: page.

local axis = require "lrrun.page.axis"
local escape = require "lrrun.page.escape"
local screen = require "lrrun.util.screen"

local parallel = {}

local WIDTH, LEFT, RIGHT, LETTER = 1200, 60, 110, 6.6
local TOP, BOTTOM, UNUSED, HEIGHT = 44, 282, 312, 330 -- of rails; where what is unused goes
local MOST_TICKS, LONGEST = 12, 14
local MANY = 150 -- lines from which they are thin
local FIFTHS = { "best fifth", "second", "third", "fourth", "last fifth" }

--- The most rails that a figure has room for.
parallel.MOST = 12

local function ticks_of(rail)
  local out = {}
  if rail.labels then
    local every = math.ceil(#rail.labels / MOST_TICKS)
    for i = 1, #rail.labels, every do
      out[#out + 1] = { #rail.labels > 1 and (i - 1) / (#rail.labels - 1) or 0.5, rail.labels[i] }
    end
  elseif axis.holds(rail.low, rail.log) and axis.holds(rail.high, rail.log) then
    local along = axis.new(rail.low, rail.high, { log = rail.log, from = 0, to = 1 })
    for _, tick in ipairs(axis.ticks(along, 4)) do
      -- where a rail has no length, its one value stands in the middle
      out[#out + 1] = { along.of(tick[1]), tick[2] }
    end
  end
  return out
end

local function y_of(place)
  return place and BOTTOM - place * (BOTTOM - TOP) or UNUSED
end

-- Whether any line leaves this rail out.
local function is_left_out(o, k)
  for _, line in ipairs(o.lines) do
    if not line.places[k] then
      return true
    end
  end
  return false
end

local function put_rail(add, o, k, x, room)
  local rail = o.rails[k]
  local labels = {}
  for i, label in ipairs(rail.labels or {}) do
    labels[i] = screen.line(label)
  end
  add('<g class="rail" data-x="%.1f" data-name="%s"%s>', x, escape(screen.line(rail.name)),
    labels[1] and (' data-labels="%s"'):format(escape(table.concat(labels, "\n"))) or "")
  add('<line x1="%.1f" y1="%d" x2="%.1f" y2="%d"/>', x, TOP, x, BOTTOM)
  add('<text class="name" x="%.1f" y="%d" text-anchor="middle">%s</text>', x, k % 2 == 1 and 14
    or 30, escape(screen.cut(rail.name, math.max(6, room))))
  for _, tick in ipairs(ticks_of(rail)) do
    local y = y_of(tick[1])
    add('<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>', x - 4, y, x, y)
    add('<text x="%.1f" y="%.1f">%s</text>', x + 5, y + 4, escape(screen.cut(tick[2], LONGEST)))
  end
  if is_left_out(o, k) then
    add('<line class="dashed" x1="%.1f" y1="%d" x2="%.1f" y2="%d"/>', x, BOTTOM, x, UNUSED)
    add('<text x="%.1f" y="%d">not used</text>', x + 5, UNUSED + 4)
  end
  add "</g>"
end

local function put_lines(add, o, xs)
  for _, line in ipairs(o.lines) do
    local parts, values = {}, {}
    for k, x in ipairs(xs) do
      parts[k] = ("%s%.0f %.1f"):format(k == 1 and "M" or "L", x, y_of(line.places[k]))
      local value = line.values[k]
      values[k] = value and ("%.5g"):format(value) or "-"
    end
    local fifth = math.min(#FIFTHS, 1 + math.floor(line.rank * #FIFTHS))
    add('<path class="through %s" data-name="%s" data-v="%s" d="%s"/>', line.rank == 0 and "first"
      or "q" .. fifth, escape(screen.line(line.name)), table.concat(values, " "),
      table.concat(parts))
  end
end

local function put_legend(add, count)
  local keys = { '<span class="key first" data-class="first"><i></i>best</span>' }
  for i, name in ipairs(count > 1 and FIFTHS or {}) do
    keys[i + 1] = ('<span class="key q%d" data-class="q%d"><i></i>%s</span>'):format(i, i, name)
  end
  add('<div class="legend">%s</div>', table.concat(keys))
end

--- A figure as wide as the page. o: title, rails = list of { name, low, high, log } or { name,
--- labels }, at most MOST of them, lines = list of { name, rank = 0 of the best to 1, places = from
--- 0 to 1 on each rail, false where it has none, values = numbers likewise (of a rail with labels
--- the place in them) }, those that lie above last.
---@param o table
---@return string
function parallel.figure(o)
  local out, xs = {}, {}
  local function add(fmt, ...)
    out[#out + 1] = select("#", ...) > 0 and fmt:format(...) or fmt
  end
  local apart = (WIDTH - LEFT - RIGHT) / math.max(1, #o.rails - 1)
  for k = 1, #o.rails do
    xs[k] = LEFT + (k - 1) * apart
  end
  local title = screen.line(o.title or "")
  add('<figure class="chart wide"><figcaption>%s</figcaption>', escape(title))
  put_legend(add, #o.lines)
  local is_whole = true -- no line leaves a rail out
  for k = 1, #o.rails do
    is_whole = is_whole and not is_left_out(o, k)
  end
  add('<div class="holder"><svg class="plot%s" viewBox="0 0 %d %d" role="img" aria-label="%s" '
    .. 'data-rails="%d %d">', #o.lines > MANY and " many" or "", WIDTH,
    is_whole and HEIGHT - (UNUSED - BOTTOM) or HEIGHT, escape(title), TOP, UNUSED)
  put_lines(add, o, xs)
  for k, x in ipairs(xs) do
    put_rail(add, o, k, x, math.floor(1.9 * math.min(apart, 2 * LEFT) / LETTER))
  end
  add '</svg></div><div class="readout" hidden></div></figure>'
  return table.concat(out, "\n")
end

return parallel
