--- Texts that people mean as numbers or dates and that are read as neither. Layer: data.

local number_like = {}

local MONTHS = {}
for month in ("jan feb mar apr may jun jul aug sep oct nov dec"):gmatch "%a+" do
  MONTHS[month] = true
end

-- Digits that are none of ASCII: full width, Arabic, Persian, Devanagari.
local OTHER_DIGITS = { "^\xef\xbc[\x90-\x99]", "^\xd9[\xa0-\xa9]", "^\xdb[\xb0-\xb9]",
  "^\xe0\xa5[\xa6-\xaf]" }

local function is_one(word)
  if word:find "^[^%a]*%d" -- times, days and months, 5kg, (5)
    or MONTHS[word:sub(1, 3):lower()] and word:find "^%a+[%s.,/-]*%d" -- Jan 2020, May-20
    or word:find "^%u%u%u?%s?[+-]?%d+[%d.,]*$" -- USD 1.5
    or word:find "^[QH][1-4][%s/-]*%d%d" then -- Q1 2020
    return true
  end
  for _, digits in ipairs(OTHER_DIGITS) do
    if word:find(digits) then
      return true
    end
  end
  return false
end

--- Whether all of the texts, of which there is one, are such.
---@param words string[]
---@return boolean
function number_like.all(words)
  for _, word in ipairs(words) do
    if not is_one(word) then
      return false
    end
  end
  return #words > 0
end

return number_like
