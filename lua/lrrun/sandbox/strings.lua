--- The string library of a recipe: the same results, bounded work.
--
-- find, match, gmatch and gsub stand on a matcher that counts its steps (host/pattern.h);
-- rep and format refuse what is too large; nothing shows addresses; dump is left out. The
-- others are Lua's own: they take a time in proportion to the text, and the guard looks the
-- more often the longer the longest one is (host/texts.h). Layer: sandbox.

local host = require "lrrun.native.host"

local match = host.match
local real = string
local raw_metatable = debug.getmetatable
local format, rep, sub = real.format, real.rep, real.sub

-- Bytes that one call may make.
local LARGEST = 64 * 1024 * 1024
local LONGEST_FORMAT = 1024 * 1024

local strings = {
  byte = real.byte, char = real.char, len = real.len, lower = real.lower, upper = real.upper,
  reverse = real.reverse, sub = sub, pack = real.pack, unpack = real.unpack,
  packsize = real.packsize,
}

local function text_of(value, name, position)
  if type(value) == "number" then
    return tostring(value)
  elseif type(value) ~= "string" then
    error(format("bad argument #%d to '%s' (string expected, got %s)", position, name,
      value == nil and "no value" or type(value)), 3)
  end
  return value
end

-- Where a search begins: like Lua's, from 1, negative from the end; nil: past the end.
local function start_of(text, init, name)
  if init == nil then
    return 1
  end
  local at = math.tointeger(tonumber(init))
  if not at then
    error(format("bad argument #3 to '%s' (number expected, got %s)", name, type(init)), 3)
  elseif at < 0 then
    at = math.max(#text + at + 1, 1)
  end
  at = math.max(at, 1)
  return at <= #text + 1 and at or nil
end

local SPECIALS = "[%^%$%*%+%?%.%(%[%%%-]"

-- Whether a pattern is a text to find. Of a long one nobody asks: that takes longer than it
-- saves.
local function is_plain(pattern)
  return #pattern <= 256 and not real.find(pattern, SPECIALS)
end

function strings.find(text, pattern, init, plain)
  text, pattern = text_of(text, "find", 1), text_of(pattern, "find", 2)
  local at = start_of(text, init, "find")
  if not at then
    return nil
  end
  return match(text, pattern, at, plain or is_plain(pattern))
end

local function captures(text, first, last, ...)
  if first == nil then
    return nil
  elseif select("#", ...) == 0 then
    return sub(text, first, last)
  end
  return ...
end

function strings.match(text, pattern, init)
  text, pattern = text_of(text, "match", 1), text_of(pattern, "match", 2)
  local at = start_of(text, init, "match")
  if not at then
    return nil
  end
  return captures(text, match(text, pattern, at))
end

function strings.gmatch(text, pattern, init)
  text, pattern = text_of(text, "gmatch", 1), text_of(pattern, "gmatch", 2)
  -- In gmatch a pattern has no anchor: ^ stands for itself.
  if sub(pattern, 1, 1) == "^" then
    pattern = "%" .. pattern
  end
  local at, last_end = start_of(text, init, "gmatch"), nil
  local function step(first, last, ...)
    if first == nil then
      at = nil
      return nil
    elseif last == last_end then
      at = first + 1 -- an empty match just after the last one
      return false
    end
    last_end = last
    at = last < first and first or last + 1
    return captures(text, first, last, ...)
  end
  local function try()
    return step(match(text, pattern, at))
  end
  return function()
    while at and at <= #text + 1 do
      local result = table.pack(try())
      if result[1] ~= false then
        return table.unpack(result, 1, result.n)
      end
    end
    return nil
  end
end

-- What replaces a match: text with %0..%9, a table, or a function.
local function by_text(repl)
  if not real.find(repl, "%", 1, true) then
    return function()
      return repl
    end
  end
  return function(whole, ...)
    local caught = table.pack(...)
    return (real.gsub(repl, "%%(.?)", function(c)
      if c == "%" then
        return "%"
      elseif c == "0" then
        return whole
      elseif real.find(c, "^%d$") then
        local i = tonumber(c)
        if i == 1 and caught.n == 0 then
          return whole
        elseif i > caught.n then
          error(format("invalid capture index %%%d in replacement string", i), 0)
        end
        return tostring(caught[i])
      end
      error("invalid use of '%' in replacement string", 0)
    end))
  end
end

local function replacer(repl)
  local kind = type(repl)
  if kind == "number" then
    return by_text(tostring(repl))
  elseif kind == "string" then
    return by_text(repl)
  elseif kind == "table" then
    return function(whole, first)
      return repl[first == nil and whole or first]
    end
  elseif kind == "function" then
    return function(whole, ...)
      if select("#", ...) == 0 then
        return repl(whole)
      end
      return repl(...)
    end
  end
  error(format("bad argument #3 to 'gsub' (string/function/table expected, got %s)",
    repl == nil and "no value" or kind), 3)
end

-- The text for one match; what is no text keeps the match.
local function replaced(replace, whole, ...)
  local value = replace(whole, ...)
  if not value then
    return whole
  elseif type(value) ~= "string" and type(value) ~= "number" then
    error(format("invalid replacement value (a %s)", type(value)), 0)
  end
  return tostring(value)
end

function strings.gsub(text, pattern, repl, max)
  text, pattern = text_of(text, "gsub", 1), text_of(pattern, "gsub", 2)
  local replace = replacer(repl)
  local most = max == nil and math.huge or math.tointeger(tonumber(max))
    or error(("bad argument #4 to 'gsub' (number expected, got %s)"):format(type(max)), 2)
  local anchored = sub(pattern, 1, 1) == "^"
  local out, at, count, kept, last_end = {}, 1, 0, 1, nil
  local function take(first, last, ...)
    if first == nil then
      return false
    elseif last == last_end then
      at = first + 1 -- an empty match just after the last one does not count
      return true
    end
    count = count + 1
    out[#out + 1] = sub(text, kept, first - 1)
    out[#out + 1] = replaced(replace, sub(text, first, last), ...)
    kept, last_end = last + 1, last
    at = last < first and first or last + 1
    return true
  end
  while count < most and at <= #text + 1 do
    if not take(match(text, pattern, at)) or anchored then
      break
    end
  end
  out[#out + 1] = sub(text, kept)
  return table.concat(out), count
end

-- Lua's rep goes round for each copy; this goes round for each 4 KB.
local function many(text, n)
  local per = math.max(4096 // #text, 1)
  return rep(rep(text, per), n // per) .. rep(text, n % per)
end

function strings.rep(text, n, separator)
  text = text_of(text, "rep", 1)
  local bytes = #text + (separator and #text_of(separator, "rep", 3) or 0)
  n = type(n) == "string" and tonumber(n) or n
  if type(n) == "number" and n > 0 then
    if bytes > LARGEST / n then
      error("resulting string too large", 2)
    elseif bytes == 0 then
      n = 1 -- Lua would go round n times
    end
    host.poll(math.tointeger(n * bytes) or 0)
    if #text > 0 and n > 4096 and math.type(n) == "integer" and bytes == #text then
      return many(text, n)
    end
  end
  return rep(text, n, separator)
end

--- tostring without addresses: they differ from run to run.
local function plain_text(value)
  local kind = type(value)
  if kind == "table" or kind == "userdata" then
    local mt = raw_metatable(value) -- __metatable may name another
    if type(mt) == "table" and rawget(mt, "__tostring") then
      return tostring(value)
    elseif kind == "table" and type(rawget(value, "kind")) == "string" then
      return value.kind
    end
    return kind
  elseif kind == "function" or kind == "thread" then
    return kind
  end
  return tostring(value)
end
strings.plain_text = plain_text

function strings.format(fmt, ...)
  fmt = text_of(fmt, "format", 1)
  if #fmt > LONGEST_FORMAT then
    error("string.format: the format is longer than 1 MiB", 2)
  end
  local args = table.pack(...)
  local i = 0
  for flags, letter in real.gmatch(fmt, "%%([^%a%%]*)(.)") do
    if letter ~= "%" or flags ~= "" then
      i = i + 1
      if letter == "p" then
        error("string.format: '%p' shows addresses, which differ from run to run", 2)
      elseif letter == "s" and i <= args.n then
        args[i] = plain_text(args[i])
      end
    end
  end
  return format(fmt, table.unpack(args, 1, args.n))
end

return strings
