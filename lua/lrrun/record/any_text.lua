--- Texts of any bytes in JSON, which holds Unicode alone: a text that is not UTF-8 is written as
--- { "$hex": "fc" }. For what has to read back exactly: words of a vocabulary, names of columns.
-- Layer: record.

local any_text = {}

local MARK = "$hex"

-- The value with f(text) or f(table) in the place of what f gives a value for.
local function map(value, f)
  local new = f(value)
  if new ~= nil then
    return new
  elseif type(value) ~= "table" then
    return value
  end
  local out = setmetatable({}, getmetatable(value))
  for key, item in pairs(value) do
    out[key] = map(item, f)
  end
  return out
end

local function hide(value)
  if type(value) == "string" and not utf8.len(value) then
    return { [MARK] = value:gsub(".", function(c)
      return ("%02x"):format(c:byte())
    end) }
  end
  return nil
end

local function show(value)
  local hex = type(value) == "table" and value[MARK]
  if type(hex) ~= "string" or #hex % 2 == 1 or hex:find "%X" then
    return nil
  end
  return (hex:gsub("..", function(pair)
    return string.char(tonumber(pair, 16))
  end))
end

--- A value of plain tables with every text that JSON cannot hold replaced.
function any_text.hide(value)
  return map(value, hide)
end

--- The other way round.
function any_text.show(value)
  return map(value, show)
end

return any_text
