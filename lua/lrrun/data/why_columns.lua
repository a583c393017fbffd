--- Why a table may not have the columns that a recipe knows: what a message on them adds.
-- Layer: data.

local why = {}

-- What separates fields in some files, and is not found out: blanks come last, names have them.
local SEPARATORS = { ":", "\1", "~", "^", "!", "/", " " }

--- Why a file may have one column alone; "" where it has more.
---@param value table
---@param info table
function why.one(value, info)
  local given, name = value.opts.delimiter, info.columns[1].name
  if #info.columns ~= 1 then
    return ""
  elseif info.looks then
    return ("; the file looks like %s, which is no table of separated values"):format(info.looks)
  elseif given and given ~= "space" then
    return ("; delimiter = %q does not separate it"):format(given)
  end
  for _, mark in ipairs(SEPARATORS) do
    if not given and name:find(mark, 1, true) then
      return ("; delimiter = \"%s\" takes what stands between for columns"):format(
        mark == " " and "space" or mark == "\1" and "\\1" or mark)
    end
  end
  return "; fields that blanks separate want delimiter = \"space\""
end

--- Why a file may not have the names that a recipe knows; "" where nothing says so.
---@param value table
---@param info table
function why.unnamed(value, info)
  local skip, lines = value.opts.skip, 0
  for _, n in pairs(type(skip) == "table" and skip or { skip }) do
    lines = math.max(lines, n)
  end
  if lines > 0 then
    return (", and skip = %d has left out lines that may have named them"):format(lines)
  elseif not info.header then
    return value.opts.header == false and ", as header = false takes its first line for a row"
      or "; no header was found, header = true takes the first line as one"
  end
  return ""
end

return why
