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
    or word:find "^%u%u%u?%s?[+-]?%d+[%d.,]*$" or word:find "^%u+%$%s?%d" -- USD 1.5, US$ 1.5
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

-- What stands around numbers, and is read with them.
local MARKS = { "%", "$", "\u{20ac}", "\u{a3}", "\u{a5}" }

local function bare(word)
  for _, mark in ipairs(MARKS) do
    if word:sub(1, #mark) == mark then
      word = word:sub(#mark + 1)
    elseif word:sub(-#mark) == mark then
      word = word:sub(1, -#mark - 1)
    end
  end
  return word:match "^%s*[+-]?(.-)%s*$"
end

-- Forms of numbers: the keys that read them, what stands between groups of three, the point.
local FORMS = {
  { 'decimal = ","', nil, "," },
  { 'decimal = ",", thousands = "."', "%.", "," },
  { 'thousands = "\'"', "'", "%." },
  { 'thousands = " "', " ", "%." },
  { 'decimal = ",", thousands = " "', " ", "," },
}

local function has_form(text, mark, point)
  local whole, rest = text:match("^([%d" .. (mark or "") .. "]+)(.*)$")
  if not whole or rest ~= "" and not rest:find("^" .. point .. "%d+$") then
    return false
  elseif not mark then
    return rest ~= "" -- else it is a number as it stands
  end
  local first, groups = whole:gsub(mark .. "%d%d%d", "")
  return groups > 0 and first:find "^%d%d?%d?$" ~= nil
end

-- Blanks that do not break a line, and narrow ones, are written between groups of three, too.
local function plain_blanks(word)
  return (word:gsub("\u{a0}", " "):gsub("\u{202f}", " "):gsub("\u{2009}", " "))
end

--- The keys of data.csv that read all of the texts as numbers, of which one that needs more of them
--- says it for all; nil where there are none, or the recipe has them.
---@param words string[]
---@param o table of data.csv
---@return string?
function number_like.keys(words, o)
  local found
  for _, word in ipairs(words) do
    local text, keys = plain_blanks(bare(word)), nil
    for _, form in ipairs(FORMS) do
      keys = keys or has_form(text, form[2], form[3]) and form[1] or nil
    end
    if not keys and not text:find "^%d+$" then
      return nil
    end
    found = keys and (not found or #keys > #found) and keys or found
  end
  return o.decimal ~= "," and not o.thousands and found or nil
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
