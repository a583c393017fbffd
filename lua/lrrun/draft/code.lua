--- Lua as it is written into a draft: texts, keys and comments that say what a file holds. Names
--- from files are a stranger's: none of them ends a comment or a text. Layer: draft.

local screen = require "lrrun.util.screen"

local code = {}

local RESERVED = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or
  repeat return then true until while]]):gmatch "%a+" do
  RESERVED[word] = true
end

local LONGEST = 60 -- columns of a name in a comment

--- A text as a literal on one line, with what could mislead a reader written as bytes.
---@param text string
---@return string
function code.text(text)
  local out = ("%q"):format(text):gsub("\\\n", "\\n")
  if screen.line(text) ~= text then
    out = out:gsub("[\x80-\xff]", function(c)
      return ("\\x%02x"):format(c:byte())
    end)
  end
  return out
end

--- A key of a table constructor: a name, ["a text"] or [5].
---@param key string|integer
---@return string
function code.key(key)
  if type(key) == "string" and key:find "^[%a_][%w_]*$" and not RESERVED[key] then
    return key
  end
  return ("[%s]"):format(code.value(key))
end

--- A value that --set may give a key of data: text, number, boolean or a table of such.
---@param value any
---@return string
function code.value(value)
  if type(value) == "string" then
    return code.text(value)
  elseif type(value) ~= "table" then
    return tostring(value)
  end
  local parts, keys = {}, {}
  for i, item in ipairs(value) do
    parts[i] = code.value(item)
  end
  for key in pairs(value) do
    keys[#keys + 1] = (math.type(key) ~= "integer" or key < 1 or key > #parts) and key or nil
  end
  table.sort(keys, function(a, b)
    return tostring(a) < tostring(b)
  end)
  for _, key in ipairs(keys) do
    parts[#parts + 1] = ("%s = %s"):format(code.key(key), code.value(value[key]))
  end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

--- A name as a comment or a message may have it: on one line, shortened.
---@param name string
---@return string
function code.name(name)
  return screen.cut(name, LONGEST)
end

--- The first few names of a list: "a, b, c and 4 more".
---@param names string[]
---@param most integer
---@return string
function code.names(names, most)
  local out = {}
  for i = 1, math.min(most, #names) do
    out[i] = code.name(names[i])
  end
  return table.concat(out, ", ") .. (#names > most and (" and %d more"):format(#names - most) or "")
end

--- "1 row", "2 rows".
function code.count(n, noun)
  return ("%d %s%s"):format(n, noun, n == 1 and "" or noun:find "s$" and "es" or "s")
end

--- A text of words as lines of comment of at most 88 columns.
---@param lines string[] gets them
---@param text string
---@param indent string?
function code.comment(lines, text, indent)
  local head = (indent or "") .. "--"
  local line = head
  for word in text:gmatch "%S+" do
    if #line + #word + 1 > 88 and line ~= head then
      lines[#lines + 1] = line
      line = head
    end
    line = line .. " " .. word
  end
  lines[#lines + 1] = line
end

return code
