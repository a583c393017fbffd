--- The command line: finds the verb, runs it, and turns errors into one clear line.
--
-- Verbs and flags are listed in verbs.lua, which also says what a verb's module is.
-- Layer: cli.

local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local _ = require "lrrun.language" -- from here on recipes have one
local interrupted = require "lrrun.cli.interrupted"
local host = require "lrrun.native.host"
local limits = require "lrrun.limits"
local native = require "lrrun.native.limits"
local output = require "lrrun.cli.output"
local parse = require "lrrun.cli.parse"
local sandbox = require "lrrun.sandbox"
local sys = require "lrrun.native.sys"
local verbs = require "lrrun.cli.verbs"

local cli = {}

-- Methods of strings are the sandbox's by then, and raise again when a limit was passed.
local find, format, gsub, match = string.find, string.format, string.gsub, string.match

-- Bytes of a message that are shown; an error's text may be as long as a script likes.
local LONGEST = 8192
local MEMORY = 4 -- exit status where memory was refused

--- Raises an error that ends the program with this exit code.
---@param code integer
---@param fmt string
function cli.fail(code, fmt, ...)
  local message = select("#", ...) > 0 and fmt:format(...) or fmt
  error(setmetatable({ code = code, message = message }, parse.Failure), 0)
end

-- What a script raises may be anything; only its own text is shown, never its methods.
local function message_of(err)
  if getmetatable(err) == parse.Failure then
    return err.message, err.code
  end
  err = errors.shown(err)
  if type(err) == "string" or type(err) == "number" then
    return tostring(err), 1
  end
  local place = errors.place(2)
  return ("%sthe script raised a %s, not a text"):format(place and place .. ": " or "",
    type(err)), 1
end

-- Keeps the text and, when asked for, adds where inside lrrun it came from.
local function handler(verbose)
  return function(err)
    local message, code = message_of(err)
    -- A position inside lrrun helps nobody who wrote a recipe: theirs does.
    local inner = match(message, "^lrrun:lrrun/[%w_/]+%.lua:%d+: (.*)")
    if inner and not verbose then
      local place = errors.place(2)
      message = place and place .. ": " .. inner or inner
    end
    if not verbose then
      message = gsub(message, "lrrun:lrrun/[%w_/]+%.lua:%d+: ", "")
    end
    if message == native.refusal() then -- said in C, which knows of no lines
      local place = errors.place(2)
      message = place and place .. ": " .. message or message
    end
    if verbose and code == 1 then
      message = debug.traceback(message, 2)
    end
    return { code = code, message = message }
  end
end

-- A file that the sandbox keeps closed looks like one without permission.
local function advice(message)
  local doing, path = match(message, "cannot (%a+) (.+): Permission denied")
  if not doing then
    doing, path = match(message, "cannot (%a+) (.+): Operation not permitted")
  end
  if not doing or not sandbox.is_locked() then
    return limits.advice(message)
  end
  return format(" (the sandbox keeps it closed; --allow-%s=%s opens it)",
    doing == "read" and "read" or "write", match(path, "^(.+)/") or ".")
end

local function run_verb(call)
  limits.begin(call.flags)
  call.out = output.new(call.flags)
  current.begin { out = call.out }
  if call.flags.version then
    return require "lrrun.cli.version"(call)
  end
  return require(verbs.by_name[call.verb].module)(call)
end

-- Whether it is memory that was refused: what was said then is part of the message, or the
-- recipe was stopped for it.
local function is_memory(message)
  local said, kind = native.refusal()
  return kind == "memory" and find(message, said, 1, true)
    or find(message, host.out_of_memory(), 1, true) ~= nil
end

--- Runs the command line `words` ([0] is the program) and returns the exit code.
---@param words string[]
---@return integer
function cli.main(words)
  local verbose = sys.env "LRRUN_DEBUG" ~= nil
  for _, word in ipairs(words) do
    verbose = verbose or word == "-v" or word == "--verbose"
  end
  local ok, result = xpcall(function()
    local call = parse.words(words)
    call.program = words[0]
    return run_verb(call)
  end, handler(verbose))
  if ok then
    return result or 0
  end
  if type(result) ~= "table" then -- out of memory: Lua calls no handler then
    result = { code = MEMORY, message = host.out_of_memory() }
  elseif result.code == 1 and is_memory(result.message) then
    result.code = MEMORY
  end
  local text = errors.short(result.message, LONGEST)
  io.stderr:write("lrrun: ", text, advice(text), "\n")
  return result.code == 1 and interrupted() or result.code
end

return cli
