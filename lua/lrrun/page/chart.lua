--- Charts over two axes as SVG: lines, points and bars of several series, with marks and phases.
--
--   chart.figure(c)   for a page (lrrun.page): with a legend, and all that script.lua asks for
--   chart.picture(c)  a file of its own, complete in itself
--
-- c: title, x_label, y_label, log_x, log_y;
-- series = list of { name, x, y = lists of numbers (what is not finite leaves a gap),
--   kind = "line" (default), "both" (a line with its points), "points", or "bars" (upright from 0,
--   as wide as `width` in values of x),
--   spread = list: how far y scatters, tips = list: texts of points, which a pointer shows,
--   color = 1 to 10 (else by place), dashed, dotted, faint, big or small (points), off = hidden
--   until its name is clicked, hidden = no name of its own in the legend };
-- x_ticks = values with ticks, x_names = their texts (the axis is not zoomed then);
-- x_low, x_high, y_low, y_high = ends of the axes in the place of those of the values;
-- y_max = no value above it is shown, lower ends stay;
-- marks = list of { x, text, minor }: upright lines, or { y, text, minor }: level ones;
-- bands = list of { from, to }: upright, such as an interval;
-- phases = list of { from, to, text }: likewise, in turns lighter and darker, with names;
-- most_points = of a line, of which more are thinned (1200);
-- wide = true: as wide as the page, and not higher for it.
-- Layer: page.

local axis = require "lrrun.page.axis"
local escape = require "lrrun.page.escape"
local geometry = require "lrrun.page.geometry"
local round = require "lrrun.page.round"
local screen = require "lrrun.util.screen"
local style = require "lrrun.page.style"

local chart = {}

local LETTER = 7.7 -- width of a digit at 12 px, of wide fonts
local MOST_KEYS = 60 -- names in a legend
local MOST_POINTS = 1200 -- of a line; more of them are thinned

local function adder(out)
  return function(fmt, ...)
    out[#out + 1] = select("#", ...) > 0 and fmt:format(...) or fmt
  end
end

-- What a point of a series reaches on the y axis: bars begin at 0.
local function y_lists(series)
  local lists = {}
  for _, s in ipairs(series) do
    lists[#lists + 1] = s.y
    if s.kind == "bars" then
      lists[#lists + 1] = { 0 }
    end
    for i, by in ipairs(s.spread or {}) do
      if axis.holds(by) and axis.holds(s.y[i]) then
        lists[#lists + 1] = { s.y[i] - by, s.y[i] + by }
      end
    end
  end
  return lists
end

local function x_lists(series)
  local lists = {}
  for _, s in ipairs(series) do
    lists[#lists + 1] = s.x
    if s.kind == "bars" then
      local low, high = axis.extent({ s.x })
      lists[#lists + 1] = { (low or 0) - s.width / 2, (high or 0) + s.width / 2 }
    end
  end
  return lists
end

-- Points want some room at both ends.
local function has_points(c)
  for _, s in ipairs(c.series) do
    if s.kind == "points" or s.kind == "both" then
      return true
    end
  end
  return c.x_names ~= nil
end

local function has_bars(c)
  for _, s in ipairs(c.series) do
    if s.kind == "bars" then
      return true
    end
  end
  return false
end

local function given_ticks(c)
  local out = {}
  for i, v in ipairs(c.x_ticks or {}) do
    out[i] = { v, c.x_names and c.x_names[i] or round(v) }
  end
  return c.x_ticks and out
end

-- Ends of both axes, before their places are known.
local function ends_of(c)
  local x_low, x_high = axis.extent(x_lists(c.series), c.log_x)
  local y_low, y_high = axis.extent(y_lists(c.series), c.log_y)
  if y_high and c.y_max then
    y_high = math.min(y_high, math.max(c.y_max, y_low + math.abs(y_low) * 1e-6 + 1e-30))
  end
  return c.x_low or x_low, c.x_high or x_high, c.y_low or y_low, c.y_high or y_high
end

-- The frame of a chart: its axes, ticks, and the area between.
local function frame_of(c, width, height, top)
  local x_low, x_high, y_low, y_high = ends_of(c)
  local bottom = height - (c.x_label and 40 or 24)
  local points = has_points(c)
  local from_zero = has_bars(c) or not points -- else points of 0 would be cut in half
  local y = axis.new(y_low, y_high, { log = c.log_y, from = bottom, to = top,
    pad = not c.y_low and 0.04 or nil, from_zero = from_zero })
  local y_ticks = axis.ticks(y, (bottom - top) // 45)
  local widest = 3
  for _, tick in ipairs(y_ticks) do
    widest = math.max(widest, #tick[2])
  end
  local left, right = math.max(40, widest * LETTER + 12) + (c.y_label and 16 or 0), width - 14
  local x = axis.new(x_low, x_high, { log = c.log_x, from = left, to = right,
    pad = points and not c.x_low and 0.03 or nil })
  x.whole = axis.is_whole(x_lists(c.series))
  return { x = x, y = y, left = left, right = right, top = top, bottom = bottom, width = width,
    height = height, y_ticks = y_ticks, x_ticks = given_ticks(c)
      or axis.ticks(x, (right - left) // 70) }
end

-- Labels that would run into the one before are left out.
local function put_axes(add, c, f)
  add '<g class="grid">'
  local free = -math.huge
  for _, tick in ipairs(f.x_ticks) do
    local x = f.x.of(tick[1])
    add('<line x1="%.1f" y1="%d" x2="%.1f" y2="%d"/>', x, f.top, x, f.bottom)
    local text = screen.cut(tick[2], 16)
    local half = screen.columns(text) * LETTER / 2
    if x - half > free then
      local at = math.min(x, f.width - half - 3)
      add('<text x="%.1f" y="%d" text-anchor="middle">%s</text>', at, f.bottom + 16, escape(text))
      free = at + half + 4
    end
  end
  for _, tick in ipairs(f.y_ticks) do
    local y = f.y.of(tick[1])
    add('<line x1="%.1f" y1="%.1f" x2="%d" y2="%.1f"/>', f.left, y, f.right, y)
    add('<text x="%.1f" y="%.1f" text-anchor="end">%s</text>', f.left - 6, y + 4, tick[2])
  end
  add "</g>"
  if c.x_label then
    add('<text x="%.1f" y="%d" text-anchor="middle">%s</text>', (f.left + f.right) / 2,
      f.height - 7, escape(c.x_label))
  end
  if c.y_label then
    add('<text transform="translate(13 %.1f) rotate(-90)" text-anchor="middle">%s</text>',
      (f.top + f.bottom) / 2, escape(c.y_label))
  end
end

local function put_span(add, f, class, item)
  local from, to = f.x.of(item.from), f.x.of(item.to)
  add('<g data-from="%.8g" data-to="%.8g"><rect class="%s" x="%.1f" y="%d" width="%.1f" '
    .. 'height="%d"/>', item.from, item.to, class, from, f.top, math.max(1, to - from),
    f.bottom - f.top)
  local text = item.text and screen.line(item.text) or ""
  local room = math.floor((to - from - 6) / LETTER)
  if text ~= "" and room >= 3 then
    add('<text x="%.1f" y="%d">%s</text>', from + 4, f.bottom - 6, escape(screen.cut(text, room)))
  end
  if text ~= "" then
    add("<title>%s</title>", escape(text))
  end
  add "</g>"
end

local function put_spans(add, c, f)
  for i, phase in ipairs(c.phases or {}) do
    put_span(add, f, i % 2 == 1 and "phase" or "phase odd", phase)
  end
  for _, band in ipairs(c.bands or {}) do
    put_span(add, f, "band", band)
  end
end

-- The lowest row of labels in which [from, to] is free.
local function row_of(rows, from, to)
  for i = 1, 12 do
    local is_free = true
    for _, taken in ipairs(rows[i] or {}) do
      is_free = is_free and (from > taken[2] or to < taken[1])
    end
    if is_free then
      rows[i] = rows[i] or {}
      table.insert(rows[i], { from, to })
      return i
    end
  end
  return 12
end

local function put_upright(add, f, mark, class, text, rows)
  local room, x = screen.columns(text) * LETTER, f.x.of(mark.x)
  local left = x + room + 8 > f.right
  local from = left and x - room - 8 or x
  local row = text ~= "" and row_of(rows, from, from + room + 8) or 1
  add('<g data-at="%.8g"><line class="%s" x1="%.1f" y1="%d" x2="%.1f" y2="%d"/>', mark.x, class, x,
    f.top, x, f.bottom)
  add('<text class="name" x="%.1f" y="%d" text-anchor="%s">%s</text></g>', left and x - 4 or x + 4,
    f.top + 14 * row - 2, left and "end" or "start", escape(text))
end

local function put_marks(add, c, f)
  local rows = {}
  for _, mark in ipairs(c.marks or {}) do
    local class, text = mark.minor and "mark minor" or "mark", screen.cut(mark.text or "", 40)
    if axis.holds(mark.x, c.log_x) then
      put_upright(add, f, mark, class, text, rows)
    elseif axis.holds(mark.y, c.log_y) then
      local y = f.y.of(mark.y)
      add('<g data-level="%.8g"><line class="%s" x1="%.1f" y1="%.1f" x2="%d" y2="%.1f"/>', mark.y,
        class, f.left, y, f.right, y)
      add('<text class="name" x="%d" y="%.1f" text-anchor="end">%s</text></g>', f.right - 4, y - 4,
        escape(text))
    end
  end
end

local function classes_of(s, i)
  local n = (s.color or i) - 1
  return ("c%d"):format(n % style.COLORS + 1)
    .. ((s.dashed or not s.color and n // style.COLORS % 3 == 1) and " dashed" or "")
    .. ((s.dotted or not s.color and n // style.COLORS % 3 == 2) and " dotted" or "")
end

-- What the script asks for of a series: its values.
local function data_of(s)
  local parts = { (' data-name="%s"'):format(escape(screen.line(s.name or ""))) }
  parts[2] = (' data-x="%s" data-y="%s"'):format(geometry.list(s.x), geometry.list(s.y))
  if s.spread then
    parts[#parts + 1] = (' data-spread="%s"'):format(geometry.list(s.spread))
  end
  if s.kind == "bars" then
    parts[#parts + 1] = (' data-width="%.6g"'):format(s.width)
  end
  if s.tips then
    local tips = {}
    for k = 1, #s.x do
      tips[k] = screen.line(tostring(s.tips[k] or ""))
    end
    parts[#parts + 1] = (' data-tips="%s"'):format(escape(table.concat(tips, "\n")))
  end
  return table.concat(parts)
end

-- Classes of one of its shapes: lines alone are dashed.
local function shape_classes(shape, s, i, live)
  local classes = classes_of(s, i)
  if shape.kind ~= "line" then
    classes = classes:match "^%w+" .. (shape.kind == "dots" and (s.big and " big"
      or s.small and " small") or "")
  end
  return ("%s %s%s%s"):format(shape.class or shape.kind, classes, s.faint and " faint" or "",
    s.off and live and " gone" or "")
end

local function put_series(add, c, f, live)
  for i, s in ipairs(c.series) do
    s = geometry.thinned(s, c.most_points or MOST_POINTS)
    local id = live and (' data-s="%d"'):format(i) or ""
    local name = escape(screen.line(s.name or ""))
    for k, shape in ipairs(geometry.shapes(s, f)) do
      add('<path class="%s"%s%s d="%s"><title>%s</title></path>', shape_classes(shape, s, i, live),
        id, live and k == 1 and data_of(s) or "", shape.d, name) -- its values stand there once
    end
  end
end

local function number(x)
  return ("%.8g"):format(x)
end

local function axis_text(a)
  return ("%s %s %s%s"):format(a.log and "log" or "lin", number(a.low), number(a.high),
    a.whole and " whole" or "")
end

local function put_inside(add, c, f, live)
  add('<svg class="inner" x="%.1f" y="%d" width="%.1f" height="%d" viewBox="%.1f %d %.1f %d">',
    f.left, f.top, f.right - f.left, f.bottom - f.top, f.left, f.top, f.right - f.left,
    f.bottom - f.top)
  put_spans(add, c, f)
  put_series(add, c, f, live)
  put_marks(add, c, f)
  add "</svg>"
  add('<rect class="frame" x="%.1f" y="%d" width="%.1f" height="%d"/>', f.left, f.top,
    f.right - f.left, f.bottom - f.top)
end

local function key_kind(s)
  return (s.kind == "points" or s.kind == "bars") and " dots" or ""
end

local function put_legend(add, c)
  local keys = {}
  for i, s in ipairs(c.series) do
    if not s.hidden and s.name and s.name ~= "" then
      keys[#keys + 1] = ('<span class="key %s%s%s" data-s="%d"><i></i>%s</span>'):format(
        classes_of(s, i), key_kind(s) .. (s.faint and " pale" or ""), s.off and " off" or "", i,
        escape(screen.cut(s.name, 60)))
    end
  end
  if #keys > MOST_KEYS then
    keys[MOST_KEYS + 1] = ('<span class="dim">and %d more</span>'):format(#keys - MOST_KEYS)
  end
  if #keys > 1 then
    add('<div class="legend">%s</div>', table.concat(keys, "", 1, math.min(#keys, MOST_KEYS + 1)))
  end
end

--- A `<figure class="chart">` of a page.
---@param c table
---@return string
function chart.figure(c)
  local out = {}
  local add = adder(out)
  local f = frame_of(c, c.wide and 1200 or 480, c.wide and 330 or 290, 10)
  add('<figure class="chart%s"><figcaption>%s</figcaption>', c.wide and " wide" or "",
    escape(screen.line(c.title or "")))
  put_legend(add, c)
  local ticks = ""
  if c.x_ticks then
    ticks = (' data-fixed="%s"'):format(geometry.list(c.x_ticks))
    local names = {}
    for i, name in ipairs(c.x_names or {}) do
      names[i] = screen.line(name)
    end
    ticks = ticks .. (' data-names="%s"'):format(escape(table.concat(names, "\n")))
  end
  add('<div class="holder"><svg class="plot" viewBox="0 0 %d %d" role="img" aria-label="%s" '
    .. 'data-area="%.1f %d %d %d" data-xaxis="%s" data-yaxis="%s" data-label="%s"%s>', f.width,
    f.height, escape(screen.line(c.title or "")), f.left, f.top, f.right, f.bottom,
    axis_text(f.x), axis_text(f.y), escape(screen.line(c.x_label or "x")), ticks)
  put_axes(add, c, f)
  put_inside(add, c, f, true)
  add '</svg></div><div class="readout" hidden></div></figure>'
  return table.concat(out, "\n")
end

-- Names of the lines of a picture, below its title, as many as have room in four lines.
local function put_names(add, c, left, width)
  local x, y = left, 40
  for i, s in ipairs(#c.series > 1 and c.series or {}) do
    local text = screen.cut(s.name or "", 30)
    local room = screen.columns(text) * LETTER + 34
    if x + room > width and x > left then
      x, y = left, y + 16
    end
    if y <= 88 and text ~= "" and not s.hidden then
      add('<path class="%s %s" d="M%.1f %dh%s"/>', (s.kind or "line"):gsub("points", "dots"):gsub(
        "both", "line"):gsub("bars", "line"), classes_of(s, i), x, y - 4,
        s.kind == "points" and "0" or "14")
      add('<text class="name" x="%.1f" y="%d">%s</text>', x + 19, y, escape(text))
      x = x + room
    end
  end
  return #c.series > 1 and math.min(y, 88) + 14 or 34
end

--- The chart as an SVG file, readable on light and on dark ground.
---@param c table
---@return string
function chart.picture(c)
  local out, width, height = {}, 720, 420
  local add = adder(out)
  add('<svg class="plot" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img">',
    width, height)
  add("<style>%s</style>", (style.picture():gsub("%%", "%%%%")))
  add('<rect class="sheet" width="%d" height="%d"/>', width, height)
  add('<text class="title" x="16" y="22">%s</text>', escape(screen.cut(c.title or "", 90)))
  local top = put_names(add, c, 16, width)
  local f = frame_of(c, width, height, top)
  put_axes(add, c, f)
  put_inside(add, c, f, false)
  add "</svg>\n"
  return table.concat(out, "\n")
end

return chart
