--- Values that a number may have: { min or above, max or below }, as C gives them and as
--- rules of keys hold them. NaN and infinities are never among them where an end stands.
-- Layer: util.

local ranges = {}

local ENDS = { "min", "above", "max", "below" }

--- `rule` with the ends of `range`.
---@param range table
---@param rule table a rule of types.lua
---@return table rule
function ranges.rule(range, rule)
  for _, name in ipairs(ENDS) do
    local x = range[name]
    rule[name] = x ~= -math.huge and x or nil
  end
  return rule
end

--- True where x is in the range; never for NaN.
function ranges.has(range, x)
  return x == x and not (range.min and x < range.min or range.max and x > range.max
    or range.above and x <= range.above or range.below and x >= range.below)
end

--- True where x lies below the range, not above it.
function ranges.is_low(range, x)
  return range.min ~= nil and x < range.min or range.above ~= nil and x <= range.above
end

local function plain(x)
  return tostring(math.tointeger(x) or ("%g"):format(x))
end

--- "at least 0 and below 1"; "" where there are no ends.
function ranges.text(range)
  local parts = {}
  if range.min and range.max then
    parts[1] = ("from %s to %s"):format(plain(range.min), plain(range.max))
  elseif range.min then
    parts[1] = "at least " .. plain(range.min)
  elseif range.max then
    parts[1] = "at most " .. plain(range.max)
  end
  if range.above then
    parts[#parts + 1] = "above " .. plain(range.above)
  end
  if range.below and range.below < math.huge then
    parts[#parts + 1] = "below " .. plain(range.below)
  end
  return table.concat(parts, " and ")
end

--- "want a number at least 0 and below 1", of a value that is not in the range.
function ranges.want(range, x)
  local text = ranges.text(range)
  return ("want a %snumber%s"):format((x == math.huge or x == -math.huge) and "finite " or "",
    text == "" and "" or " " .. text)
end

return ranges
