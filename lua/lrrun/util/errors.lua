--- Error messages that name who, what was found, what is taken, and the recipe's line.
--
-- Layer: util.

local errors = {}

--- Place to name when no frame of the recipe is left on the stack: `return recipe {...}` is
--- a tail call. Whoever loads a recipe sets it where the recipe asks for `recipe`.
errors.fallback = nil

-- Chunks of our own modules are named "@lrrun:..." by the host.
local OWN = "^@lrrun:"

--- "recipe.lua:12" of the nearest stack frame that is no module of lrrun, or nil.
---@param level integer? stack level to start from (1: the caller)
---@return string?
function errors.place(level)
  level = (level or 1) + 1
  while true do
    local info = debug.getinfo(level, "Sl")
    if not info then
      return errors.fallback
    end
    if info.what ~= "C" and not info.source:find(OWN) and info.currentline > 0 then
      local name = info.source:match "^@(.*)" or info.short_src
      return ("%s:%d"):format(name, info.currentline)
    end
    level = level + 1
  end
end

--- Raises "where: message". where is "file:line", or nil for the nearest recipe frame.
---@param where string?
---@param fmt string
function errors.raise(where, fmt, ...)
  local message = select("#", ...) > 0 and fmt:format(...) or fmt
  where = where or errors.place(2)
  error(where and (where .. ": " .. message) or message, 0)
end

-- Edits (insert, delete, replace, swap of neighbours) between two words: the optimal
-- string alignment distance (Damerau 1964, Levenshtein 1966).
local function distance(a, b)
  local before, last, now = {}, {}, {}
  for j = 0, #b do
    last[j] = j
  end
  for i = 1, #a do
    now[0] = i
    for j = 1, #b do
      local same = a:byte(i) == b:byte(j) and 0 or 1
      local d = math.min(last[j] + 1, now[j - 1] + 1, last[j - 1] + same)
      if i > 1 and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
        d = math.min(d, before[j - 2] + 1)
      end
      now[j] = d
    end
    before, last, now = last, now, before
  end
  return last[#b]
end

--- The name in `names` nearest to `word`, or nil when none is near.
---@param word any
---@param names string[]
---@return string?
function errors.nearest(word, names)
  if type(word) ~= "string" or #word > 64 then
    return nil
  end
  local best, best_distance
  for _, name in ipairs(names) do
    local d = distance(word:lower(), name:lower())
    if (name:find(word, 1, true) == 1 or word:find(name, 1, true) == 1)
      and #word > 2 and #name > 2 then
      d = math.min(d, 1)
    end
    if not best_distance or d < best_distance then
      best, best_distance = name, d
    end
  end
  if best and best ~= word and best_distance <= math.max(1, #word // 3) then
    return best
  end
  return nil
end

--- "; did you mean 'units'?" or "".
function errors.hint(word, names)
  local near = errors.nearest(word, names)
  return near and ("; did you mean '%s'?"):format(near) or ""
end

--- `text` behind a hint (or without one): "; did you mean 'units'? It takes ..." or
--- "; it takes ...".
function errors.after_hint(hint, text)
  if hint == "" then
    return "; " .. text
  end
  return hint .. " " .. text:sub(1, 1):upper() .. text:sub(2)
end

--- A value as it stands in a message: short, without addresses.
function errors.show(value)
  local kind = type(value)
  if kind == "string" then
    return #value > 40 and ("'%s...'"):format(value:sub(1, 37)) or ("'%s'"):format(value)
  elseif kind == "number" or kind == "boolean" or kind == "nil" then
    return tostring(value)
  elseif kind == "table" and value.kind == "duration" then
    return "the duration " .. tostring(value)
  elseif kind == "table" and type(value.kind) == "string" then
    return value.kind
  elseif kind == "table" then
    return "a table"
  end
  return "a " .. kind
end

return errors
