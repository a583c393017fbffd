--- Lua's basic functions as a recipe has them. Each difference has its reason:
--
-- pcall xpcall coroutine.*   cannot go on after a limit or an interrupt was met
-- pairs next                 an order that is the same in every process
-- tostring print             show no addresses; print goes where --json wants it
-- load                       text only, never binary chunks; sees the recipe's globals only
-- getmetatable setmetatable  the recipe's own metatables only; no __gc (it would run
--                            outside any limit)
-- collectgarbage             "count" only
-- math.random                numbers of the run's seed (Philox), so that a run repeats
-- coroutine.close            left out: chains of it crash Lua 5.4.4; likewise wrap does
--                            not close what it runs
-- os io debug package dofile loadfile string.dump: left out
-- Layer: sandbox.

local errors = require "lrrun.util.errors"
local host = require "lrrun.native.host"
local rng = require "lrrun.native.rng"
local sorted = require "lrrun.util.sorted"
local strings = require "lrrun.sandbox.strings"
local tables = require "lrrun.sandbox.tables"

local base = {}

-- Where lrrun speaks of a line, the joining thread's is meant.
errors.behind = host.behind
errors.raw_resume = host.resume
errors.explain = require("lrrun.util.explain").error

local NO_MEMORY = "not enough memory"

-- Where Lua itself had no memory, that is why the recipe has to end.
local function stopped(err)
  if err == NO_MEMORY then
    host.trip()
  end
  return host.tripped()
end
errors.stopped = stopped

-- After a protected call: raises again what no recipe may swallow.
local function after(ok, ...)
  local why = not ok and stopped(...)
  if why then
    error(why, 0)
  end
  return ok, ...
end

local function safe_pcall(f, ...)
  return after(errors.pcall(f, ...))
end

local function safe_xpcall(f, handler, ...)
  return after(errors.xpcall(f, function(...)
    if host.tripped() or ... == NO_MEMORY then
      return ...
    end
    return handler(...)
  end, ...))
end

-- Calls in it are looked at where Lua needs it (host/join.h).
local function create(f)
  local co = coroutine.create(f)
  if not host.sound then
    host.watch(co)
  end
  return co
end

local function wrap(f)
  local co = create(f)
  local function results(ok, ...)
    if not ok then
      error(..., 0)
    end
    return ...
  end
  return function(...)
    return results(after(errors.resume(co, ...)))
  end
end

local safe_coroutine = {
  create = create, status = coroutine.status, yield = coroutine.yield,
  running = coroutine.running, isyieldable = coroutine.isyieldable, wrap = wrap,
  resume = function(...)
    return after(errors.resume(...))
  end,
}

local function fixed_order(t)
  host.poll() -- Lua may look through many empty places for the first key
  local ok, keys = pcall(sorted.keys, t)
  if not ok then
    error("pairs: " .. keys, 3)
  end
  return keys
end

local function ordered_next(t, key)
  if type(t) ~= "table" then
    error(("bad argument #1 to 'next' (table expected, got %s)"):format(type(t)), 2)
  end
  local keys = fixed_order(t)
  local index = 1
  if key ~= nil then
    for i = 1, #keys do
      if keys[i] == key then
        index = i + 1
        break
      end
    end
  end
  local found = keys[index]
  if found == nil then
    return nil
  end
  return found, rawget(t, found)
end

local function ordered_pairs(t)
  local mt = debug.getmetatable(t)
  local own = mt and rawget(mt, "__pairs")
  if own then
    return own(t)
  elseif type(t) ~= "table" then
    error(("bad argument #1 to 'pairs' (table expected, got %s)"):format(type(t)), 2)
  end
  local keys = fixed_order(t)
  local i = 0
  return function()
    -- Keys that were removed meanwhile are passed over, as with the stock pairs.
    while i < #keys do
      i = i + 1
      local value = rawget(t, keys[i])
      if value ~= nil then
        return keys[i], value
      end
    end
  end, t, nil
end

-- Metatables that the recipe made. Others (those of our values, of strings) stay hidden.
local own = setmetatable({}, { __mode = "k" })

-- Where Lua has the fault of host/join.h: makes the metatable's __concat a safe one, and
-- sees to it that no other is called.
local function guard_joins(mt)
  if host.sound then
    return
  end
  local join = rawget(mt, "__concat")
  if join ~= nil then
    rawset(mt, "__concat", host.join(join))
  end
  host.watch()
end

-- A metatable's own metatable, as it was when the two met: without weakness, by which Lua
-- before 5.4.8 would free a table that __newindex goes to while it is written (983bc433 of
-- its repository). The recipe may change the original: nothing of that may arrive here.
local originals = setmetatable({}, { __mode = "k" }) -- copy -> what it is a copy of

local function fixed(mt)
  local copied = {}
  for key, item in next, mt do
    if key ~= "__mode" and key ~= "__gc" then
      copied[key] = item
    end
  end
  own[copied], originals[copied] = true, mt
  return copied
end

-- Makes `mt` a metatable of the recipe's.
local function adopt(mt)
  own[mt] = true
  guard_joins(mt)
  local above = debug.getmetatable(mt)
  if above and own[above] and not originals[above] then
    debug.setmetatable(mt, fixed(above))
  end
end

-- Metatables that took the place of another one, by their table. The collector of any Lua 5.4 may
-- pass over the new metatable of a table with weak keys and values and free it in use (1b0f943d
-- of Lua's repository): here it stays as long as the table.
local followers = setmetatable({}, { __mode = "k" })

local function safe_setmetatable(t, mt)
  if type(t) ~= "table" or (mt ~= nil and type(mt) ~= "table") then
    error("setmetatable takes a table and a table or nil", 2)
  end
  local old = debug.getmetatable(t)
  if old ~= nil and not own[old] then
    error("setmetatable: this value's metatable is protected", 2)
  elseif old and rawget(old, "__metatable") ~= nil then
    error("cannot change a protected metatable", 2)
  elseif mt and rawget(mt, "__gc") ~= nil then
    error("setmetatable: __gc is not taken in a recipe", 2)
  end
  if mt then
    adopt(mt)
  end
  mt = mt and own[t] and fixed(mt) or mt
  if old then
    followers[t] = mt
  end
  return debug.setmetatable(t, mt)
end

local function safe_getmetatable(t)
  local mt = debug.getmetatable(t)
  if mt == nil then
    return nil
  elseif not own[mt] then
    return false
  end
  local shown = rawget(mt, "__metatable")
  if shown ~= nil then
    return shown
  end
  return originals[mt] or mt
end

-- Lua's parser compares each label with all others of its function.
local MOST_LABELS = 5000

local function has_many_labels(text)
  local count, at = 0, 1
  repeat
    local _, last = text:find("::", at, true)
    count, at = count + 1, last and last + 1
  until not at or count > MOST_LABELS
  return count > MOST_LABELS
end

--- load of a text, made safe for the linked Lua (host/chunk.h).
---@param text string
---@param name string
---@param env table
---@return function?, string?
function base.compile(text, name, env)
  if has_many_labels(text) then
    return nil, ("%s: more than %d times '::'"):format(name:sub(2), MOST_LABELS)
  end
  host.poll(#text * 50)
  -- In a pcall: where the parser's own stack ends, the handler of the outermost xpcall would be
  -- asked what to make of the text.
  local _, f, why = errors.raw_pcall(load, text, name, "t", env)
  if not f then
    return nil, why
  elseif not host.mends then
    return f
  end
  local chunk, fault, line = host.mend(string.dump(f))
  if not chunk then
    return nil, ("%s:%d: %s"):format(name:sub(2), line, fault)
  end
  return load(chunk, name, "b", env)
end

local LARGEST_SOURCE = 1024 * 1024

local function source_of(chunk)
  if type(chunk) == "string" then
    return chunk
  elseif type(chunk) ~= "function" then
    error(("bad argument #1 to 'load' (function expected, got %s)"):format(
      chunk == nil and "no value" or type(chunk)), 3)
  end
  local parts, size = {}, 0
  repeat
    local part = chunk()
    if part ~= nil and type(part) ~= "string" then
      error("load: the reader gave a " .. type(part), 3)
    end
    parts[#parts + 1] = part
    size = size + #(part or "")
  until part == nil or part == "" or size > LARGEST_SOURCE
  return table.concat(parts)
end

local function make_load(env)
  return function(chunk, name, mode, own_env)
    local source = source_of(chunk)
    if #source > LARGEST_SOURCE then
      return nil, "the source is longer than 1 MiB"
    elseif mode == "b" then
      return nil, "binary chunks are not taken"
    end
    -- A name of its own, never one of a file or of our modules.
    name = "=[" .. tostring(name or "load"):gsub("[^%w_ .-]", "?"):sub(1, 40) .. "]"
    local f, why = base.compile(source, name, own_env == nil and env or own_env)
    if not f then
      return after(nil, why)
    end
    return f
  end
end

-- math.random of stream LUA: the n-th call gives number n of the run's seed.
local function seeded_random(seed)
  local index = 0
  return function(low, high)
    index = index + 1
    if low == nil then
      return rng.uniform(seed, "LUA", 0, index, 0)
    elseif high == nil then
      low, high = 1, low
    end
    low, high = math.tointeger(low), math.tointeger(high)
    if not low or not high then
      error("math.random: the bounds are no integers", 2)
    elseif low > high then
      error("math.random: the interval is empty", 2)
    end
    return rng.between(seed, "LUA", 0, index, 0, low, high)
  end
end

-- Our tables are read-only, also for this; `env` is the recipe's own.
local function make_rawset(env)
  return function(t, key, value)
    local mt = debug.getmetatable(t)
    if type(t) == "table" and mt and not own[mt] and t ~= env then
      error("rawset: this value cannot be written to", 2)
    end
    return rawset(t, key, value)
  end
end

local function copy(t, without)
  local out = {}
  for key, value in next, t do
    if not without[key] then
      out[key] = value
    end
  end
  return out
end

local function safe_collectgarbage(what)
  if what ~= nil and what ~= "count" then
    error("collectgarbage: a recipe may ask for \"count\" only", 2)
  end
  return collectgarbage "count"
end

--- Makes methods of strings (("x"):rep(n)) the bounded ones, everywhere and for good.
function base.guard_strings()
  debug.getmetatable("").__index = copy(strings, { plain_text = true })
end

--- The basic globals for the environment `env`: options has seed and print (a function
--- that takes a line).
---@return table<string, any>
function base.globals(env, options)
  local mathlib = copy(math, { randomseed = true })
  mathlib.random = seeded_random(options.seed)
  local function print_line(...)
    local words = table.pack(...)
    for i = 1, words.n do
      words[i] = strings.plain_text(words[i])
    end
    options.print(table.concat(words, "\t"))
  end
  local safe_strings = copy(strings, { plain_text = true })
  return {
    _VERSION = _VERSION, assert = assert, error = error, ipairs = ipairs, select = select,
    tonumber = tonumber, type = type, rawequal = rawequal, rawget = rawget, rawlen = rawlen,
    rawset = make_rawset(env), tostring = strings.plain_text, print = print_line,
    pcall = safe_pcall, xpcall = safe_xpcall, pairs = ordered_pairs, next = ordered_next,
    load = make_load(env),
    setmetatable = safe_setmetatable, getmetatable = safe_getmetatable,
    collectgarbage = safe_collectgarbage, math = mathlib, string = safe_strings,
    table = copy(tables, {}), coroutine = copy(safe_coroutine, {}), utf8 = copy(utf8, {}),
  }
end

return base
