--- Errors as values: who speaks, what was found and what is taken, and the recipe's line.
--
-- What raise() raises is { where, who, text }; it becomes one line of text where it leaves
-- lrrun: at the top (cli/init.lua) and in pcall, xpcall and coroutine.resume of recipes and
-- scripts, which see texts alone. Inside lrrun, try() is pcall whose error is always such a
-- value, if it is one that says something. Layer: util.

local screen = require "lrrun.util.screen"

local errors = {}

local find, format, match = string.find, string.format, string.match

local MOST = 1000 -- bytes of a text from elsewhere within a message

local pcall, xpcall = pcall, xpcall

--- pcall as Lua has it, for who protects a call without memory for a frame more.
errors.raw_pcall = pcall

--- coroutine.resume, with the guard told where there is one (host.resume).
errors.raw_resume = coroutine.resume

--- Why all that a recipe runs has to end (host.tripped), or nil: who protects calls of a recipe's
--- functions in a loop asks it.
---@param err any what a protected call raised
---@return string?
function errors.stopped(err) -- luacheck: no unused args
  return nil
end

---@class lrrun.error
---@field where string? "recipe.lua:12"
---@field who string? the constructor, function or file that it is about
---@field text string what is, and what is wanted
local Error = { __name = "error" }

-- A recipe that closes a variable sees the value itself, and may have written into it.
Error.__tostring = function(e)
  local out = type(e.text) == "string" and e.text or "error"
  for _, part in ipairs { type(e.who) == "string" and e.who or "",
    type(e.where) == "string" and e.where or "" } do
    out = part == "" and out or part .. ": " .. out
  end
  return out
end

--- True for what raise() raises.
---@param err any
function errors.is(err)
  return type(err) == "table" and getmetatable(err) == Error
end

local is = errors.is

-- "nn.linear: 'units' is missing" is said by nn.linear.
local function value_of(where, message)
  local who, text = message:match "^([%a][%w_.]*): (.+)$"
  return setmetatable({ where = where, who = who, text = text or message }, Error)
end

--- Place to name when no frame of the recipe is left on the stack: `return recipe {...}` is
--- a tail call. Whoever loads a recipe sets it where the recipe asks for `recipe`.
errors.fallback = nil

local Restore = {
  __close = function(self)
    errors.fallback = self.before
  end,
}

--- Another place to name until the block ends, also by an error:
--
--   local _ <close> = errors.fall_back(where)
---@param where string?
function errors.fall_back(where)
  local restore = setmetatable({ before = errors.fallback }, Restore)
  errors.fallback = where
  return restore
end

--- The thread that waits while a thread runs a metamethod for it (host.behind), or nil.
---@param thread thread
---@return thread?
function errors.behind(thread) -- luacheck: no unused args
  return nil
end

-- Chunks of our own modules are named "@lrrun:..." by the host.
local OWN = "^@lrrun:"

--- "recipe.lua:12" of the nearest stack frame that is no module of lrrun, or nil.
---@param level integer? stack level to start from (1: the caller)
---@param thread thread? that is looked at, where it is not the running one: all of it
---@return string?
function errors.frame(level, thread)
  level = thread and 0 or (level or 1) + 1
  local running = coroutine.running()
  local loaded -- the frame of a text that was loaded, where no file is found
  while true do
    local info
    if thread then
      info = debug.getinfo(thread, level, "Sl")
    else
      info = debug.getinfo(level, "Sl")
    end
    if not info then
      thread, level = errors.behind(thread or running), -1
      if not thread then
        return loaded
      end
    elseif info.what ~= "C" and not info.source:find(OWN) and info.currentline > 0 then
      local name = info.source:match "^@(.*)"
      local place = ("%s:%d"):format(name or info.short_src, info.currentline)
      if name then
        return place
      end
      loaded = loaded or place
    end
    level = level + 1
  end
end

--- The same; errors.fallback where there is no such frame.
---@param level integer?
---@return string?
function errors.place(level)
  return errors.frame((level or 1) + 1) or errors.fallback
end

--- Raises an error value. where is "file:line", or nil for the nearest recipe frame; a
--- message that is about someone begins with the name: "schedule.cosine: 'min' is ...".
---@param where string?
---@param fmt string
function errors.raise(where, fmt, ...)
  local args = table.pack(...)
  for i = 1, args.n do
    args[i] = type(args[i]) == "string" and screen.line(errors.short(args[i], MOST)) or args[i]
  end
  local message = args.n > 0 and format(fmt, table.unpack(args, 1, args.n)) or fmt
  error(value_of(where or errors.place(2), message), 0)
end

--- The message without its place: "nn.linear: 'units' is missing".
---@param err any what was raised
---@return string
function errors.message(err)
  if is(err) then
    return tostring(setmetatable({ who = err.who, text = err.text }, Error))
  end
  return tostring(err)
end

local function tried(ok, err, ...)
  local why = not ok and errors.stopped(err)
  if why then
    error(why, 0)
  elseif not ok and type(err) == "string" then
    err = value_of(nil, err)
  end
  return ok, err, ...
end

--- pcall for lrrun's own use: false and an error value, or what else was raised. A recipe that
--- was stopped is no such error: that goes on.
function errors.try(f, ...)
  return tried(pcall(f, ...))
end

--- What a recipe may see of an error: values as texts, all else as it is.
---@param err any
function errors.shown(err)
  return is(err) and tostring(err) or err
end

--- What Lua said inside lrrun as the recipe is told it (explain.lua).
---@param err any
---@param level integer
---@param co thread?
function errors.explain(err, level, co) -- luacheck: no unused args
  return err
end

local function told(err)
  return errors.shown(errors.explain(err, 2))
end

--- pcall, xpcall and coroutine.resume that give errors as texts.
function errors.pcall(f, ...)
  return xpcall(f, told, ...)
end

function errors.xpcall(f, handler, ...)
  return xpcall(f, function(err, ...)
    return handler(errors.shown(errors.explain(err, 2)), ...)
  end, ...)
end

local function resumed(co, ok, err, ...)
  if not ok then
    return ok, errors.shown(errors.explain(err, 0, co))
  end
  return ok, err, ...
end

function errors.resume(co, ...)
  return resumed(co, errors.raw_resume(co, ...))
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
  if type(word) ~= "string" or #word < 2 or #word > 64 then
    return nil
  end
  local best, best_distance
  for _, name in ipairs(names) do
    local d = distance(word:lower(), name:lower())
    if (name:find(word, 1, true) == 1 or word:find(name, 1, true) == 1)
      and #word > 2 and #name > 2 then
      -- 'step' is rather 'steps' than 'stop', 'missing_word' 'missing_words' than 'missing'.
      d = math.min(d, 1) - 0.5 + d / 1000
    elseif d == 1 and #word > 5 then
      d = 0.5015 -- 'vall_loss' is rather 'val_loss' than 'val'
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

local LONGEST = 80 -- bytes of a text in a message

--- `text`, or its start and its end where it is longer: paths have their name last.
---@param text string
---@param longest integer bytes
function errors.short(text, longest)
  if #text <= longest then
    return text
  end
  local head = longest * 3 // 8
  local tail = text:sub(head + 3 - longest):gsub("^[\x80-\xBF]+", "")
  return text:sub(1, head):gsub("[\xC0-\xFF][\x80-\xBF]*$", "") .. "..." .. tail
end

-- "nn.linear", which is one; "a tensor", "an optimizer", of what has no name of its own.
local function called(name, kind)
  if type(name) ~= "string" then
    return "a " .. kind
  elseif name == "recipe" or find(name, "^%l+%.%l") and not find(name, "^lrrun%.") then
    return screen.cut(name, LONGEST)
  end
  name = screen.cut(match(name, "^lrrun%.(.*)") or name, LONGEST)
  return (find(name, "^[aeiou]") and "an " or "a ") .. name
end

--- A value as it stands in a message: short, without addresses. No code of the value's runs.
function errors.show(value)
  local kind = type(value)
  if kind == "string" then
    return "'" .. screen.line(errors.short(value, LONGEST)) .. "'"
  elseif kind == "number" or kind == "boolean" or kind == "nil" then
    return tostring(value)
  end
  local mt = debug.getmetatable(value)
  local name = kind ~= "function" and type(mt) == "table" and rawget(mt, "__name")
  if type(name) ~= "string" then
    name = kind == "table" and rawget(value, "kind") or kind
  elseif name == "duration" then
    return "the duration " .. tostring(value)
  end
  return called(name, kind)
end

return errors
