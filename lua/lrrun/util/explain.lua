--- What an error of Lua's own inside lrrun says to the recipe that caused it: not where in
--- lrrun a nil was indexed, but which function the recipe called, what it gave, and what is
--- taken. The function and its arguments are read off the stack where the error is raised, so
--- calls that are right pay nothing. Layer: util.

local errors = require "lrrun.util.errors"

local screen = require "lrrun.util.screen"

local explain = {}

local LONGEST = 300 -- bytes of what is kept of Lua's words

-- Methods of strings are the sandbox's once a recipe runs.
local find, format, gsub, match = string.find, string.format, string.gsub, string.match
local getinfo, getlocal, raw_metatable = debug.getinfo, debug.getlocal, debug.getmetatable
local raw_xpcall = xpcall

--- function -> name, as help has it ("model:step"); whoever makes methods enters them.
explain.names = setmetatable({}, { __mode = "k" })

--- The name of a function of a module, or nil; the language knows them (set there).
---@param f function
---@return string?
function explain.name_of(f) -- luacheck: no unused args
  return nil
end

--- What a function takes, "(batch, loss)", by its name, or nil; the language knows it (set there).
---@param name string
---@return string?
function explain.usage_of(name) -- luacheck: no unused args
  return nil
end

-- What Lua says of its own accord, where somebody got what he does not take.
local OWN_WORDS = {
  "^attempt to ", "^bad argument #", "^calling '", "^'for' ", "^invalid value ",
  "^number has no integer", "^table index is ", "^invalid order function", "^too many results",
  "^string length overflow", "^wrong number of arguments", "^number .* out of range",
  "^resulting string too large", "^value out of", "^invalid option", "^invalid format",
}

local function is_lua_speaking(text)
  for _, words in ipairs(OWN_WORDS) do
    if find(text, words) then
      return true
    end
  end
  return false
end


-- debug.getinfo and getlocal, with levels as the caller counts them; of a thread that is not the
-- running one, levels are those of its own.
local function info_at(co, level, what)
  if co then
    return getinfo(co, level, what)
  end
  return getinfo(level + 1, what)
end

local function local_at(co, level, i)
  if co then
    return getlocal(co, level, i)
  end
  return getlocal(level + 1, i)
end

local MOST_LEVELS = 200

-- The level of the call of the recipe in which the error came up: the outermost frame of ours.
local function level_of_call(co, level)
  local called
  for up = level, level + MOST_LEVELS do
    local info = info_at(co, up, "Sf")
    local own = info and (info.what == "C" or find(info.source, "^@lrrun:"))
    if not own or info.func == raw_xpcall then
      return called
    elseif info.func ~= error and not find(info.source, "^@lrrun:lrrun/sandbox/") then
      called = up
    end
  end
  return nil
end

local MOST_ARGS = 8

-- { func, name, method, c, given = list of { value }, names = of its parameters }
local function call_at(co, level)
  local info = info_at(co, level, "Snfu")
  local call = { func = info.func, name = info.name, method = info.namewhat == "method",
    c = info.what == "C", given = {}, names = {} }
  for i = 1, call.c and MOST_ARGS or math.min(info.nparams, MOST_ARGS) do
    local name, value = local_at(co, level, i)
    if name == nil then
      break
    end
    call.given[i], call.names[i] = { value }, name
  end
  for i = 1, info.isvararg and not call.c and MOST_ARGS or 0 do
    local name, value = local_at(co, level, -i)
    if name == nil then
      break
    end
    call.given[#call.given + 1] = { value }
  end
  return call
end

-- "graph:plan" of a method of native objects, whose metatables the registry has.
local function native_name(f)
  for kind, mt in pairs(debug.getregistry()) do
    local methods = type(kind) == "string" and find(kind, "^lrrun%.") and rawget(mt, "__index")
    for name, method in pairs(type(methods) == "table" and methods or {}) do
      if method == f then
        return match(kind, "[%w_]+$") .. ":" .. name
      end
    end
  end
  return nil
end

-- The name as help has it, "model:step"; of a method by what its self is.
local function name_of(call)
  local name = explain.names[call.func] or explain.name_of(call.func)
    or call.c and native_name(call.func)
  if name or not call.name then
    return name
  end
  local self = call.given[1] and call.given[1][1]
  local mt = type(self) ~= "string" and raw_metatable(self)
  local kind = type(mt) == "table" and rawget(mt, "__name")
  return type(kind) == "string" and match(kind, "[%w_]+$") .. ":" .. call.name or call.name
end

-- "(nil, a table)", "nil", without the nils at the end.
local function shown(given, first)
  local last, parts = #given, {}
  while last >= first and given[last][1] == nil do
    last = last - 1
  end
  for i = first, math.max(last, math.min(first, #given)) do
    parts[#parts + 1] = errors.show(given[i][1])
  end
  return #parts == 1 and parts[1] or #parts == 0 and "nothing"
    or "(" .. table.concat(parts, ", ") .. ")"
end

-- "number expected, got nil" of argument n as a sentence; value: { it }, where it is known.
local function wanted(who, n, reason, value)
  local want, got = match(reason, "^(%S+) expected, got (.*)$")
  if not want then
    return format("%s: argument %d: %s", who, n, reason)
  end
  want = match(want, "^lrrun%.(.*)") or want
  if got == "no value" then
    got = "missing"
  elseif value then
    got = errors.show(value[1])
  end
  return format("%s: argument %d is %s, want %s %s", who, n, got,
    find(want, "^[aeiou]") and "an" or "a", want)
end

-- What a C function says of one argument.
local function of_argument(who, call, text)
  local n, reason = match(text, "^bad argument #(%-?%d+) to '[^']*' %((.*)%)$")
  local of_method = find(who, ":", 1, true)
  if n then
    -- Lua counts self where it does not see the ':' of the call.
    n = math.tointeger(tonumber(n)) - (of_method and not call.method and 1 or 0)
  else
    n, reason = 0, match(text, "^calling '[^']*' on bad self %((.*)%)$")
  end
  reason = reason and screen.line(errors.short(reason, LONGEST))
  if not reason then
    return nil
  elseif n == 0 and find(reason, " expected, got ", 1, true) then
    return format("%s: want that of which it is a method, got %s; methods are called with ':'", who,
      call.given[1] and not find(reason, "got no value", 1, true) and errors.show(call.given[1][1])
      or "nothing")
  elseif n == 0 then -- of the object's state: "closed"
    return format("%s: %s", who, reason)
  elseif n < 0 then -- counted from the top: read out of a table
    return format("%s: something within its arguments: %s", who, reason)
  end
  return wanted(who, n, reason, call.given[of_method and n + 1 or n])
end

-- What one of our own checks said: " (backward needs a forward before it)", or "".
local function own_reason(text)
  local reason = match(text, "^bad argument #%-?%d+ to '[^']*' %((.*)%)$")
    or match(text, "^calling '[^']*' on bad self %((.*)%)$")
  if not reason or find(reason, " expected, got ", 1, true) or find(reason, "^invalid option") then
    return ""
  end
  return " (" .. screen.line(errors.short(reason, LONGEST)) .. ")"
end

local function sentence(call, text)
  local who = name_of(call)
  if not who then
    return nil
  elseif call.c then
    return of_argument(who, call, text)
  end
  local first = find(who, ":", 1, true) and 2 or 1
  local usage = explain.usage_of(who)
    or "(" .. table.concat(call.names, ", ", first) .. ")"
  return format("%s does not take %s%s; it takes %s", who, shown(call.given, first),
    own_reason(text), usage)
end

-- Lua knows its own functions by the module of ours that they stand in.
local function by_its_name(text)
  return (gsub(text, "'lrrun%.sandbox%.strings%.", "'"))
end

-- What was said in a line of ours, with the recipe's line.
local function outside(text, co)
  text = by_its_name(text)
  local place = errors.frame(3, co)
  return place and place .. ": " .. text or text
end

--- The error as the recipe is told it: as it is, but for what Lua said inside lrrun. level: where
--- it came up, 1 = the caller; co: the coroutine that it came up in, where that is not the running
--- one (level 0 then).
---@param err any
---@param level integer
---@param co thread?
---@return any
function explain.error(err, level, co)
  if type(err) ~= "string" then
    return err
  end
  local place, text = match(err, "^([^\n]-:%d+): (.*)")
  local hidden = place and find(place, "^lrrun:lrrun/")
  local said
  if is_lua_speaking(text or err) then
    level = level + (co and 0 or 2)
    local called = level_of_call(co, level)
    said = called and sentence(call_at(co, called), text or err)
  end
  if not said then
    return hidden and outside(text, co) or by_its_name(err)
  elseif place and not hidden then
    return place .. ": " .. said
  end
  place = errors.frame(2, co)
  return place and place .. ": " .. said or said
end

return explain
