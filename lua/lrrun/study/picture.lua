--- The value against each dimension: as SVG for the study's folder and as lines of text for
--- the terminal. Layer: study.

local escape = require "lrrun.page.escape"
local round = require "lrrun.page.round"
local screen = require "lrrun.util.screen"

local picture = {}

local WIDTH, HEIGHT, LEFT, TOP, GAP, COLUMNS = 300, 200, 62, 30, 34, 3
local TICKS = { 0, 0.5, 1 }
local LABEL, TITLE = 13, 40 -- columns that a text below a chart and one above it have room for

local function is_log(dim)
  return dim.dim.kind == "search.loguniform" or dim.dim.kind == "search.logint"
end

-- Place of a value of the dimension in [0, 1], and the other way round as a text.
local function place_of(dim, x)
  local o = dim.dim.opts
  if dim.labels then
    return #dim.labels > 1 and (x - 1) / (#dim.labels - 1) or 0.5
  elseif o.hi == o.lo then
    return 0.5
  elseif is_log(dim) then
    return (math.log(x) - math.log(o.lo)) / (math.log(o.hi) - math.log(o.lo))
  end
  return (x - o.lo) / (o.hi - o.lo)
end

local function text_at(dim, u)
  local o = dim.dim.opts
  if dim.labels then
    local i = 1 + u * (#dim.labels - 1)
    return i == math.floor(i) and dim.labels[math.tointeger(i)] or ""
  elseif is_log(dim) then
    return ("%.3g"):format(math.exp(math.log(o.lo) * (1 - u) + math.log(o.hi) * u))
  end
  return ("%.4g"):format(o.lo + u * (o.hi - o.lo))
end

-- Points of a dimension: { u, value, state, number }, and the range of values that is shown:
-- the worst tenth, if far off, is drawn at the edge.
local function points_of(study, place)
  local points = {}
  for number = 0, study.count - 1 do
    local t = study.trials[number]
    if t and t.value and t.point[place] then
      points[#points + 1] = { u = place_of(study.space.dims[place], t.point[place]),
        value = t.value, state = t.state, number = number }
    end
  end
  return points
end

local function range_of(study)
  local values, sign = {}, study.set.sign
  for number = 0, study.count - 1 do
    local t = study.trials[number]
    values[#values + 1] = t and t.value and sign * t.value or nil
  end
  if #values == 0 then
    return 0, 1
  end
  table.sort(values)
  local least, most = values[1], values[math.max(1, math.ceil(0.9 * #values))]
  if most <= least then
    most = least + math.max(1e-12, math.abs(least) * 0.1)
  end
  local far = values[#values]
  most = far - least < 2 * (most - least) and far or most
  if sign == -1 then
    return -most, -least
  end
  return least, most
end

local function clamp(x)
  return math.max(0, math.min(1, x))
end


local function axes(out, dim, x, y, low, high, title)
  local function add(fmt, ...)
    out[#out + 1] = fmt:format(...)
  end
  add('<rect x="%d" y="%d" width="%d" height="%d" class="frame"/>', x, y, WIDTH, HEIGHT)
  add('<text x="%d" y="%d" class="title">%s</text>', x, y - 8, escape(title))
  for _, u in ipairs(TICKS) do
    add('<text x="%.1f" y="%d" class="below">%s</text>', x + u * WIDTH, y + HEIGHT + 14,
      escape(screen.cut(text_at(dim, u), LABEL)))
    add('<text x="%d" y="%.1f" class="beside">%s</text>', x - 5, y + (1 - u) * HEIGHT + 4,
      round(low + u * (high - low)))
  end
end

local STYLE = "<style>text{font:11px sans-serif;fill:#333}.title{font-weight:bold}"
  .. ".below{text-anchor:middle}.beside{text-anchor:end}.frame{fill:none;stroke:#999}"
  .. ".complete{fill:#2b6cb0;fill-opacity:.7}.pruned{fill:none;stroke:#999}"
  .. ".running{fill:#ccc}.best{fill:#c53030}.sheet{fill:#fff}svg{background:#fff}"
  .. "@media(prefers-color-scheme:dark){text{fill:#ddd}.frame{stroke:#777}.sheet{fill:#1b1b1b}"
  .. "svg{background:#1b1b1b}"
  .. ".complete{fill:#6ea8fe}.best{fill:#ff7b7b}}</style>"

--- The picture as an SVG text.
---@param study table
---@param shares table<string, number>? of importance.of
function picture.svg(study, shares)
  local dims, best = study.space.dims, study:best()
  local low, high = range_of(study)
  local columns = math.min(COLUMNS, #dims)
  local rows = (#dims + columns - 1) // columns
  local width = columns * (WIDTH + LEFT) + GAP
  local height = rows * (HEIGHT + TOP + GAP) + TOP
  local out = {
    ('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d">'):format(
      width, height, width, height),
    STYLE, '<rect width="100%" height="100%" class="sheet"/>',
    ('<text x="%d" y="18" class="title">%s</text>'):format(LEFT, escape(screen.cut(
      study.name .. ": " .. study.set.monitor, TITLE * columns))),
  }
  for i, dim in ipairs(dims) do
    local x = LEFT + (i - 1) % columns * (WIDTH + LEFT)
    local y = TOP * 2 + (i - 1) // columns * (HEIGHT + TOP + GAP)
    local share = shares and (" (importance %.0f %%)"):format(100 * shares[dim.name]) or ""
    axes(out, dim, x, y, low, high,
      screen.cut(dim.name, TITLE - screen.columns(share)) .. share)
    for _, p in ipairs(points_of(study, i)) do
      local mark = best and p.number == best.number
      out[#out + 1] = ('<circle cx="%.1f" cy="%.1f" r="%d" class="%s"><title>trial %d: %s</title>'
        .. "</circle>"):format(x + p.u * WIDTH,
        y + (1 - clamp((p.value - low) / (high - low))) * HEIGHT, mark and 5 or 3,
        mark and "best" or p.state, p.number, ("%.6g"):format(p.value))
    end
  end
  out[#out + 1] = "</svg>"
  return table.concat(out, "\n") .. "\n"
end

--- Lines of one dimension's picture for the terminal: `o` a trial, `.` a pruned one, `*` the
--- best.
---@param study table
---@param place integer of the dimension
---@param width integer
---@param height integer
---@return string[]
function picture.lines(study, place, width, height)
  local dim, best = study.space.dims[place], study:best()
  local low, high = range_of(study)
  local columns = math.max(16, width - 12)
  local cells = {}
  for _, p in ipairs(points_of(study, place)) do
    local row = math.floor(clamp((p.value - low) / (high - low)) * (height - 1) + 0.5)
    local key = row * columns + math.floor(p.u * (columns - 1) + 0.5)
    if best and p.number == best.number then
      cells[key] = "*"
    elseif cells[key] ~= "*" then
      cells[key] = (p.state == "complete" or cells[key] == "o") and "o" or "."
    end
  end
  local lines = {}
  for row = height - 1, 0, -1 do
    local parts = {}
    for column = 0, columns - 1 do
      parts[column + 1] = cells[row * columns + column] or " "
    end
    local label = (row == 0 and ("%9.4g"):format(low))
      or (row == height - 1 and ("%9.4g"):format(high)) or (" "):rep(9)
    lines[#lines + 1] = label .. " |" .. table.concat(parts):gsub("%s+$", "")
  end
  lines[#lines + 1] = (" "):rep(10) .. "+" .. ("-"):rep(columns)
  local half = columns // 2 - 1
  local left, right = screen.cut(text_at(dim, 0), half), screen.cut(text_at(dim, 1), half)
  lines[#lines + 1] = (" "):rep(11) .. left
    .. (" "):rep(columns - screen.columns(left) - screen.columns(right)) .. right
  return lines
end

return picture
