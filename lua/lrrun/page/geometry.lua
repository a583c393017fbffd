--- From values of a series to paths of SVG. script.lua (`paths`) draws the same anew when a
--- reader looks closer. Layer: page.

local axis = require "lrrun.page.axis"

local geometry = {}

--- Numbers as the script reads them: apart by spaces, "-" where there is none.
---@param values number[]
---@return string
function geometry.list(values)
  local out = {}
  for i = 1, #values do
    local v = values[i]
    out[i] = axis.holds(v) and ("%.6g"):format(v) or "-"
  end
  return table.concat(out, " ")
end

-- Lowest and highest of y in each of so many pieces, in the order of x.
local function extremes(s, pieces)
  local keep, n = {}, #s.x
  for p = 0, pieces - 1 do
    local from, to = p * n // pieces + 1, (p + 1) * n // pieces
    local low, high
    for i = from, to do
      local v = s.y[i]
      if axis.holds(v) then
        low = (not low or v < s.y[low]) and i or low
        high = (not high or v > s.y[high]) and i or high
      end
    end
    low, high = low or from, high or from
    keep[#keep + 1] = math.min(low, high)
    keep[#keep + 1] = low ~= high and math.max(low, high) or nil
  end
  return keep
end

--- A line of at most about `most` points: of more, the lowest and highest of each piece stay.
---@param s table
---@param most integer
---@return table
function geometry.thinned(s, most)
  if #s.x <= most or s.kind == "points" or s.kind == "bars" then
    return s
  end
  local out = {}
  for key, value in pairs(s) do
    out[key] = value
  end
  local keep = extremes(s, most // 2)
  for _, key in ipairs { "x", "y", "spread", "tips" } do
    if s[key] then
      out[key] = {}
      for k, i in ipairs(keep) do
        out[key][k] = s[key][i]
      end
    end
  end
  return out
end

-- Points as { x, y } in the chart's units, false for those without a place.
local function places(s, f)
  local out = {}
  for i = 1, #s.x do
    local x, y = s.x[i], s.y[i]
    out[i] = axis.holds(x, f.x.log) and axis.holds(y, f.y.log) and { f.x.of(x), f.y.of(y) } or false
  end
  return out
end

local function line(points)
  local parts, pen = {}, "M"
  for i, p in ipairs(points) do
    if p then
      parts[#parts + 1] = ("%s%.1f %.1f"):format(pen, p[1], p[2])
    end
    pen = p and (points[i + 1] and "L" or "M") or "M"
  end
  return table.concat(parts)
end

local function dots(points, lone)
  local parts = {}
  for i, p in ipairs(points) do
    if p and not (lone and (points[i - 1] or points[i + 1])) then
      parts[#parts + 1] = ("M%.1f %.1fh0"):format(p[1], p[2])
    end
  end
  return table.concat(parts)
end

local function bars(s, f)
  local parts, zero = {}, f.y.of(f.y.log and f.y.low or 0)
  for i = 1, #s.x do
    if axis.holds(s.x[i]) and axis.holds(s.y[i], f.y.log) then
      local from, to = f.x.of(s.x[i] - s.width / 2), f.x.of(s.x[i] + s.width / 2)
      parts[#parts + 1] = ("M%.1f %.1fV%.1fH%.1fV%.1fz"):format(from, zero, f.y.of(s.y[i]),
        math.max(from + 0.5, to - 1), zero)
    end
  end
  return table.concat(parts)
end

local function spread(s, f)
  local parts = {}
  for i = 1, #s.x do
    local y, by = s.y[i], s.spread[i]
    if axis.holds(s.x[i], f.x.log) and axis.holds(y, f.y.log) and axis.holds(by) then
      local low = f.y.log and math.max(y - by, f.y.low) or y - by
      parts[#parts + 1] = ("M%.1f %.1fV%.1f"):format(f.x.of(s.x[i]), f.y.of(low), f.y.of(y + by))
    end
  end
  return table.concat(parts)
end

--- The paths of a series: list of { kind, class, d }; the first has its main shape.
---@param s table
---@param f table the frame: x, y = axes
---@return table[]
function geometry.shapes(s, f)
  if s.kind == "bars" then
    return { { kind = "bar", d = bars(s, f) } }
  end
  local points, out = places(s, f), {}
  if s.kind == "points" then
    out[1] = { kind = "dots", d = dots(points) }
  else
    out[1] = { kind = "line", d = line(points) }
    if s.kind == "both" then
      out[2] = { kind = "dots", d = dots(points) }
    else -- a point without neighbours is no line
      local lone = dots(points, true)
      out[2] = lone ~= "" and { kind = "dots", class = "dots small lone", d = lone } or nil
    end
  end
  if s.spread then
    out[#out + 1] = { kind = "spread", d = spread(s, f) }
  end
  return out
end

return geometry
