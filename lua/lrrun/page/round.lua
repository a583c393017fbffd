--- Numbers as a person reads them: four digits, thousands apart, small powers of ten as 1e-5.
--- script.lua (`show`) does the same in the browser. Layer: page.

local WHOLE = 1e15 -- from here on a number is written by its power of ten
local SMALL, PLAIN = 1e-3, 1e4

local function grouped(text)
  local sign, digits = text:match "^(-?)(%d+)$"
  return sign .. digits:reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", "")
end

-- "1.20e-05" as 1.2e-5.
local function power(x)
  local mantissa, sign, digits = ("%.2e"):format(x):match "^(.-)e([+-])0*(%d+)$"
  mantissa = mantissa:find("%.") and mantissa:gsub("%.?0+$", "") or mantissa
  return mantissa .. "e" .. (sign == "-" and "-" or "") .. digits
end

--- "0.1234", "60,000", "1.23e-5"; "-" for nil and for what is no number.
---@param x any
---@return string
return function(x)
  if type(x) ~= "number" or x ~= x then
    return "-"
  end
  local size = math.abs(x)
  if size >= WHOLE then
    return size < math.huge and power(x) or x > 0 and "inf" or "-inf"
  elseif size >= PLAIN then
    return grouped(("%.0f"):format(x))
  elseif size >= SMALL or size == 0 then
    return ("%.4g"):format(x == 0 and 0 or x)
  end
  return power(x)
end
