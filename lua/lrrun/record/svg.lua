--- Line charts as SVG texts, complete in themselves. Layer: record.

local screen = require "lrrun.util.screen"

local svg = {}

local WIDTH, HEIGHT = 720, 420
local LEFT, RIGHT, TOP, BOTTOM = 70, 16, 36, 52 -- margins
local COLORS = { "#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2",
  "#7f7f7f", "#bcbd22", "#17becf" }

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }

--- A text for XML and HTML, with what neither can hold or show written out.
function svg.escape(text)
  return (screen.lines(text):gsub('[&<>"]', ENTITIES))
end

--- The colour of the i-th line.
function svg.color(i)
  return COLORS[(i - 1) % #COLORS + 1]
end

local function is_finite(x)
  return x and x == x and x > -math.huge and x < math.huge
end

-- Whole powers of ten in [low, high], or both ends where there is none.
local function log_ticks(low, high)
  local ticks = {}
  local first, last = math.ceil(math.log(low, 10) - 1e-9), math.floor(math.log(high, 10) + 1e-9)
  local every = math.max(1, (last - first) // 10 + 1)
  for power = first, last, every do
    ticks[#ticks + 1] = tonumber("1e" .. power)
  end
  return #ticks > 0 and ticks or { low, high }
end

-- About six round numbers in [low, high].
local function plain_ticks(low, high)
  local raw = (high - low) / 6
  local power = 10.0 ^ math.floor(math.log(raw, 10))
  local size = raw / power
  local step = power * (size <= 1 and 1 or size <= 2 and 2 or size <= 5 and 5 or 10)
  local ticks = {}
  for i = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) do
    ticks[#ticks + 1] = i * step
  end
  return ticks
end

-- An axis needs some length.
local function widened(low, high, log)
  if low < high then
    return low, high
  elseif log then
    return low / 2, high * 2
  end
  local pad = low ~= 0 and math.abs(low) * 0.1 or 1
  return low - pad, high + pad
end

-- Lowest and highest of all series' values; a log axis has no place for 0 and below.
local function extent(series, key, log)
  local low, high = math.huge, -math.huge
  for _, line in ipairs(series) do
    for _, v in ipairs(line[key]) do
      if is_finite(v) and (not log or v > 0) then
        low, high = math.min(low, v), math.max(high, v)
      end
    end
  end
  if low > high then
    low, high = 1, 1
  end
  return widened(low, high, log)
end

local function axis(low, high, log, from, to)
  local a, b = log and math.log(low) or low, log and math.log(high) or high
  return function(v)
    local at = log and math.log(v) or v
    return from + (math.max(a, math.min(b, at)) - a) / (b - a) * (to - from)
  end
end

local function add(parts, fmt, ...)
  parts[#parts + 1] = fmt:format(...)
end

local function draw_axes(parts, chart, box)
  for _, v in ipairs(chart.x_ticks or chart.log_x and log_ticks(box.x_low, box.x_high)
    or plain_ticks(box.x_low, box.x_high)) do
    local x = box.x(v)
    add(parts, '<line class="grid" x1="%.1f" y1="%d" x2="%.1f" y2="%d"/>', x, TOP, x,
      HEIGHT - BOTTOM)
    add(parts, '<text x="%.1f" y="%d" text-anchor="middle">%.4g</text>', x, HEIGHT - BOTTOM + 16, v)
  end
  for _, v in ipairs(chart.log_y and log_ticks(box.y_low, box.y_high)
    or plain_ticks(box.y_low, box.y_high)) do
    local y = box.y(v)
    add(parts, '<line class="grid" x1="%d" y1="%.1f" x2="%d" y2="%.1f"/>', LEFT, y, WIDTH - RIGHT,
      y)
    add(parts, '<text x="%d" y="%.1f" text-anchor="end">%.4g</text>', LEFT - 6, y + 4, v)
  end
  add(parts, '<rect class="frame" x="%d" y="%d" width="%d" height="%d"/>', LEFT, TOP,
    WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM)
  add(parts, '<text x="%d" y="%d" text-anchor="middle">%s</text>', (LEFT + WIDTH - RIGHT) // 2,
    HEIGHT - 14, svg.escape(chart.x_label or ""))
  add(parts, '<text transform="translate(14 %d) rotate(-90)" text-anchor="middle">%s</text>',
    (TOP + HEIGHT - BOTTOM) // 2, svg.escape(chart.y_label or ""))
end

-- Points of a line; what is not finite leaves a gap.
local function path_of(line, box, chart)
  local parts, pen = {}, "M"
  for i, x in ipairs(line.x) do
    local y = line.y[i]
    if is_finite(x) and is_finite(y) and not (chart.log_x and x <= 0)
      and not (chart.log_y and y <= 0) then
      parts[#parts + 1] = ("%s%.2f %.2f"):format(pen, box.x(x), box.y(y))
      pen = "L"
    else
      pen = "M"
    end
  end
  return table.concat(parts)
end

-- Upright bands behind the lines.
local function draw_bands(parts, chart, box)
  for _, band in ipairs(chart.bands or {}) do
    local from, to = box.x(band.from), box.x(band.to)
    add(parts, '<rect class="band" x="%.1f" y="%d" width="%.1f" height="%d"/>', from, TOP,
      math.max(1, to - from), HEIGHT - TOP - BOTTOM)
  end
end

-- Upright strokes of what values scatter by; on a log axis they end at the frame.
local function draw_spreads(parts, line, box, chart, color)
  for i, x in ipairs(line.x) do
    local spread, y = line.spread and line.spread[i], line.y[i]
    if is_finite(spread) and is_finite(y) and not (chart.log_y and y <= 0) then
      local low = chart.log_y and math.max(y - spread, box.y_low) or y - spread
      add(parts, '<line class="line" stroke="%s" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>', color,
        box.x(x), box.y(low), box.x(x), box.y(y + spread))
    end
  end
end

local function draw_series(parts, chart, box)
  for i, line in ipairs(chart.series) do
    local path = path_of(line, box, chart)
    add(parts, '<path class="line" stroke="%s" d="%s"%s><title>%s</title></path>',
      svg.color(i), path, line.dashed and ' stroke-dasharray="5 4"' or "",
      svg.escape(line.name or ""))
    draw_spreads(parts, line, box, chart, svg.color(i))
    for x, y in path:gmatch "M(%S+) ([%d.-]+)%f[M\0]" do -- a point without neighbours
      add(parts, '<circle cx="%s" cy="%s" r="3" fill="%s"/>', x, y, svg.color(i))
    end
  end
end

-- Names of the lines: inside at the right, or beside the title.
local function draw_legend(parts, chart)
  local n = #chart.series
  for i, line in ipairs(n > 1 and chart.series or {}) do
    if i <= 16 then
      local x, y = WIDTH - RIGHT - 150, TOP + 16 * i
      if chart.legend == "above" then
        x, y = WIDTH - RIGHT - 130 * (n - i + 1), 22
      end
      add(parts, '<rect x="%d" y="%d" width="12" height="3" fill="%s"/>', x, y - 5, svg.color(i))
      add(parts, '<text x="%d" y="%d">%s</text>', x + 18, y, svg.escape(line.name or ""))
    end
  end
end

local function draw_marks(parts, chart, box)
  for i, mark in ipairs(chart.marks or {}) do
    local x = box.x(mark.x)
    add(parts, '<line class="%s" x1="%.1f" y1="%d" x2="%.1f" y2="%d"/>',
      mark.minor and "mark minor" or "mark", x, TOP, x, HEIGHT - BOTTOM)
    local left = x > 0.8 * WIDTH -- there is no room to the right of it
    add(parts, '<text x="%.1f" y="%d" text-anchor="%s">%s</text>', left and x - 5 or x + 5,
      TOP + 14 * i, left and "end" or "start", svg.escape(mark.text or ""))
  end
end

local STYLE = "text{font:12px sans-serif;fill:#333}.title{font-size:15px}.grid{stroke:#e4e4e4}"
  .. ".frame{fill:none;stroke:#999}.line{fill:none;stroke-width:1.8;stroke-linejoin:round}"
  .. ".mark{stroke:#d62728;stroke-dasharray:4 3}.minor{stroke:#888}.page{fill:#fff}"
  .. ".band{fill:#1f77b4;fill-opacity:.15}"
  .. "@media(prefers-color-scheme:dark){text{fill:#ddd}.grid{stroke:#3a3a3a}.page{fill:#1b1b1b}"
  .. ".line{filter:brightness(1.35)}.mark{stroke:#ff6b6b}.minor{stroke:#aaa}}"

--- A chart of lines.
-- chart: title, x_label, y_label, log_x, log_y, x_ticks = numbers below the x axis where they are
-- not to be found, y_max = where it is cut, series = list of
-- { name, x, y = lists of numbers, spread = likewise or nil, dashed },
-- marks = list of { x, text, minor }: upright lines;
-- bands = list of { from, to }: upright bands;
-- bare = true: without colours of its own, for a page whose style has them; legend =
-- "above": few names, beside a short title.
---@param chart table
---@return string
function svg.chart(chart)
  local x_low, x_high = extent(chart.series, "x", chart.log_x)
  local y_low, y_high = extent(chart.series, "y", chart.log_y)
  y_high = math.min(y_high, chart.y_max and math.max(chart.y_max, y_low + 1e-30) or y_high)
  local box = {
    x_low = x_low, x_high = x_high, y_low = y_low, y_high = y_high,
    x = axis(x_low, x_high, chart.log_x, LEFT, WIDTH - RIGHT),
    y = axis(y_low, y_high, chart.log_y, HEIGHT - BOTTOM, TOP),
  }
  local parts = {}
  add(parts, '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img">', WIDTH,
    HEIGHT)
  if not chart.bare then
    add(parts, "<style>%s</style>", STYLE)
    add(parts, '<rect class="page" width="%d" height="%d"/>', WIDTH, HEIGHT)
  end
  add(parts, '<text class="title" x="%d" y="22">%s</text>', LEFT, svg.escape(chart.title or ""))
  draw_axes(parts, chart, box)
  draw_bands(parts, chart, box)
  draw_series(parts, chart, box)
  draw_legend(parts, chart)
  draw_marks(parts, chart, box)
  parts[#parts + 1] = "</svg>\n"
  return table.concat(parts, "\n")
end

return svg
