--- The line of a key of recipe { ... }, for messages: on the stack there is only the line
--- where `recipe` stands, or not even that. Layer: recipe.

local current = require "lrrun.util.current"

local locate = {}

-- A long string or comment from a position on.
local LONG = "^%-?%-?%[(=*)%[.-%]%1%]()"

-- The place behind the comment, string, name or character at `at`, and the name or character.
local function skip(text, at)
  local c = text:sub(at, at)
  if text:find("^%-%-%[=*%[", at) or text:find("^%[=*%[", at) then
    local _, behind = text:match(LONG, at)
    return behind or #text + 1
  elseif text:find("^%-%-", at) then
    return text:match("^[^\n]*()", at)
  elseif c == '"' or c == "'" then
    local i = at + 1
    while i <= #text and text:sub(i, i) ~= c do
      i = i + (text:sub(i, i) == "\\" and 2 or 1)
    end
    return i + 1
  end
  local word, behind = text:match("^([%a_][%w_]*)()", at)
  if word then
    return behind, word
  end
  return at + 1, c
end

local function start_of_line(text, line)
  local at = 1
  for _ = 2, line do
    at = text:match("\n()", at)
    if not at then
      return nil
    end
  end
  return at
end

-- Where `key =` stands in the first { ... } at or behind `at`, at its own level.
local function find_key(text, at, key)
  local depth = 0
  while at <= #text do
    local behind, what = skip(text, at)
    if what == "{" or what == "(" then
      depth = depth + 1
    elseif what == "}" or what == ")" then
      depth = depth - 1
      if depth <= 0 then
        return nil
      end
    elseif what == key and depth == 1 and text:find("^%s*=[^=]", behind) then
      return at, behind
    end
    at = behind
  end
  return nil
end

local function line_of(text, at)
  return 1 + select(2, text:sub(1, at - 1):gsub("\n", ""))
end

--- The place of a key inside recipe { ... } at `where`; of a key of a table in it with two
--- names ("clip", "norm"). `where` itself when it is not found.
---@param where string? "recipe.lua:12"
---@param ... string
---@return string?
function locate.key(where, ...)
  local path, line = (where or ""):match "^(.*):(%d+)$"
  local request = current.request()
  local text = request.recipe_text
  if not path or path ~= request.recipe_path or not text then
    return where
  end
  local at = start_of_line(text, tonumber(line))
  at = at and text:match("^[^\n]-()%f[%w_]recipe%f[^%w_]", at) or at
  local found
  for _, key in ipairs { ... } do
    local key_at, behind = nil, nil
    if at then
      key_at, behind = find_key(text, at, key)
    end
    at = behind
    found = key_at or found
  end
  return found and ("%s:%d"):format(path, line_of(text, found)) or where
end

return locate
