--- The command line: finds the verb, runs it, and turns errors into one clear line.
--
-- Verbs and flags are listed in verbs.lua, which also says what a verb's module is; exit
-- statuses in status.lua. Layer: cli.

local current = require "lrrun.util.current"
local environment = require "lrrun.cli.environment"
local errors = require "lrrun.util.errors"
local host = require "lrrun.native.host"
local limits = require "lrrun.limits"
local native = require "lrrun.native.limits"
local parse = require "lrrun.cli.parse"
local ranks = require "lrrun.util.ranks"
local screen = require "lrrun.util.screen"
local status = require "lrrun.cli.status"
local sys = require "lrrun.native.sys"
local verbs = require "lrrun.cli.verbs"

local cli = {}

-- Methods of strings are the sandbox's by then, and raise again when a limit was passed.
local find, format, gsub, match = string.find, string.format, string.gsub, string.match

local LONGEST = 4000 -- bytes of a message

--- Raises an error that ends the program with this exit code.
---@param code integer
---@param fmt string
function cli.fail(code, fmt, ...)
  local message = select("#", ...) > 0 and fmt:format(...) or fmt
  error(setmetatable({ code = code, message = message }, parse.Failure), 0)
end

local function cut(text)
  if #text <= LONGEST then
    return text
  end
  return format("%s (shortened from %d bytes)", errors.short(text, LONGEST), #text)
end

-- What a script raised that is no text: what its own __tostring says, which is its code and
-- under its limits, else what it is.
local function said_by(err)
  local mt = debug.getmetatable(err)
  if type(err) == "table" and type(mt) == "table" and rawget(mt, "__tostring") ~= nil then
    local ok, text = errors.raw_pcall(tostring, err)
    if ok then
      return text
    end
  end
  return err == nil and "the script raised nil, not a text"
    or format("the script raised a %s, not a text", type(err))
end

-- A position inside lrrun helps nobody who wrote a recipe: theirs does.
local INSIDE = "lrrun:lrrun/[%w_/]+%.lua:%d+: "

-- What a script raised as a text, with the line of the recipe: that in the text, else `place`.
local function placed(text, place)
  local said = match(text, "^" .. INSIDE .. "(.*)")
  text = gsub(said or text, INSIDE, "")
  -- "[load]:1: " names a text that the recipe loaded.
  if sys.interrupted() and find(text, "%f[%w]interrupted$") then -- wherever the recipe was
    return "interrupted"
  end
  if place and (said or not find(text, "^[^\n:]+:%d+: ") or find(text, "^%[")) then
    return place .. ": " .. text
  end
  return text
end

-- Called where the error is raised: keeps it, and where that was.
local function handler(verbose)
  return function(err)
    return { err = errors.explain(err, 2), place = errors.frame(2),
      trace = verbose and debug.traceback("", 2) or nil }
  end
end

-- The message and the exit code of what the handler kept.
local function message_of(raised, verbose)
  local err = raised.err
  if getmetatable(err) == parse.Failure then
    return err.message, err.code
  elseif errors.is(err) then
    local message = cut(tostring(err))
    local of_flag = find(message, "^%-%-?%l") and not find(message, "^%-%-set%f[%W]")
    return message, of_flag and status.USAGE or status.WRONG -- --set is a part of the recipe
  end
  local text = cut(type(err) == "string" and err or type(err) == "number" and tostring(err)
    or said_by(err))
  return verbose and text or placed(text, raised.place), status.WRONG
end

local REFUSED = { ": Permission denied", ": Operation not permitted" }
local DOING = { "make folder", "open folder", "lock folder", "put in place", "%a+" }
local READS = { read = true, open = true, ["open folder"] = true }

-- What could not be done, and to which path: of "cannot make folder runs/a-1: Permission denied".
local function refused(message)
  for _, why in ipairs(REFUSED) do
    for _, form in ipairs(DOING) do
      local doing, path = match(message, "cannot (" .. form .. ") (.+)" .. why)
      if doing then
        return doing, path
      end
    end
  end
end

-- A file that the sandbox keeps closed looks like one without permission.
local function advice(message)
  local doing, path = refused(message)
  local writes = doing and not READS[doing]
  if not doing or not require("lrrun.sandbox").closes(path, writes) then
    return limits.advice(message)
  end
  local near = require("lrrun.sandbox.granted").nearest(match(path, "^(.+)/") or ".")
  return format(" (the sandbox keeps it closed; --allow-%s=%s opens it)",
    writes and "write" or "read", require("lrrun.util.command").word(near))
end

-- Whether this process has a part in the verb: ranks share some verbs, others are rank 0's alone.
local function has_part(call, verb)
  local how = verb and not call.flags.version and not call.flags.help and verb.ranks
  if how == "trials" and call.flags.join then
    how = "none" -- each is at the study by itself
  end
  if how == "trials" then
    ranks.begin_apart()
  elseif how and how ~= "none" then
    ranks.begin()
  end
  return how == "none" or ranks.count() > 1 or ranks.apart() > 1 or ranks.own() == 0
end

local function run_verb(call)
  local verb = verbs.by_name[call.verb]
  if not has_part(call, verb) then
    return status.DONE
  end
  if verb and verb.engine and not call.flags.trusted then
    sys.blas_begin() -- meanwhile all else is loaded; a process that is locked needs it in any case
  end
  limits.begin(call.flags)
  local _ = require "lrrun.language" -- from here on recipes have one
  local output = require "lrrun.cli.output"
  call.out = output.new(call.flags)
  if not ranks.writes() then
    call.out:mute()
  end
  current.begin { out = call.out }
  for _, note in ipairs(call.notes) do
    call.out:warn("%s", note)
  end
  if call.flags.version then
    return require "lrrun.cli.version"(call)
  end
  if ranks.apart() > 1 and ranks.own() > 0 then
    return require "lrrun.cli.hand"(call)
  end
  return require(verb.module)(call)
end

-- The message and the exit code where a limit refused something: whoever met it may have taken
-- it for something else ("is damaged").
local function with_refusal(message)
  local said, kind = native.refusal()
  if said and host.tripped() and not find(message, said, 1, true) then
    message = message .. ": " .. said
  end
  local memory = kind == "memory" and find(message, said, 1, true)
    or find(message, host.out_of_memory(), 1, true)
  return message, memory and status.MEMORY or status.WRONG
end

-- Says why the call failed and gives its exit code.
local function report(raised, verbose)
  if type(raised) ~= "table" then -- out of memory or stack: Lua calls no handler then
    raised = { err = find(raised, "memory", 1, true) and host.out_of_memory() or raised }
  end
  local message, code = message_of(raised, verbose)
  if code == status.WRONG then
    message, code = with_refusal(message)
  end
  local who = ""
  if ranks.helps() then
    if ranks.is_ending() then
      return code -- rank 0 met the same, and said it
    end
    who = format("rank %d: ", ranks.own())
  end
  local output = require "lrrun.cli.output"
  io.stderr:write(output.folded("lrrun: " .. who .. screen.line(message .. advice(message))),
    code == status.WRONG and raised.trace and screen.lines(raised.trace) or "", "\n")
  return code
end

-- Nothing is said to whom nobody reads; all else that could not be written is said once.
local function close(code)
  local output = require "lrrun.cli.output"
  output.finish()
  local failed = output.failed
  if failed and failed.unread then
    return status.UNREAD
  elseif failed then
    io.stderr:write("lrrun: ", screen.line(failed.why), "\n")
    return status.of(code == status.DONE and status.WRONG or code)
  end
  return status.of(code)
end

-- mpirun kills the other ranks once one ends with another status than 0: they are to be gone.
local OTHERS_END = 0.2 -- seconds

-- The exit code of a rank where rank 0 hands out work. The others are sent home, whatever came of
-- it, all end together, and rank 0 alone says how it went.
local function part(code)
  if ranks.apart() == 1 then
    return code
  elseif ranks.own() > 0 then
    ranks.finish()
    return status.DONE
  elseif pcall(require("lrrun.study.crew").dismiss) then
    ranks.finish()
    sys.sleep(code ~= status.DONE and OTHERS_END or 0)
  end
  return code
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
    environment.check()
    call.program = words[0]
    return run_verb(call)
  end, handler(verbose))
  if ok then
    local code = close(result or status.DONE)
    code = part(code)
    ranks.finish()
    return code
  elseif require("lrrun.cli.output").failed then
    return close(status.WRONG)
  end
  local code = close(report(result, verbose))
  return ranks.own() == 0 and part(code) or code
end

return cli
