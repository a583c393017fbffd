-- Runs a verb of the command line in this process: what it printed, said and raised.

local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local find = require "lrrun.data.find"
local verbs = require "lrrun.cli.verbs"

local verb = {}

local function listener(heard)
  local out = { live = false, json = true, quiet = true }
  function out:print(fmt, ...) -- luacheck: no self
    heard.lines[#heard.lines + 1] = select("#", ...) > 0 and fmt:format(...) or fmt
  end
  function out:warn(fmt, ...) -- luacheck: no self
    heard.words[#heard.words + 1] = select("#", ...) > 0 and fmt:format(...) or fmt
  end
  function out:paint(_, text) -- luacheck: no self
    return text
  end
  function out:result(t) -- luacheck: no self
    heard.result = t
  end
  function out:give(path, text) -- luacheck: no self
    if path ~= "-" then
      file.write(path, text)
    end
  end
  function out:tell(_, fmt, ...)
    self:print(fmt, ...)
  end
  function out.width()
    return 80
  end
  function out.streaming()
    return function() end
  end
  for _, name in ipairs { "note", "progress", "settle", "erase", "write", "say" } do
    out[name] = function() end
  end
  return out
end

-- What was raised, as the program would print it.
local function text_of(err)
  err = errors.shown(err)
  if type(err) == "table" and err.message then
    return err.message
  end
  return tostring(err)
end

--- Runs `name` with arguments and flags: { code, lines, words (warnings), result, raised = the
--- message that it ended with, or nil }.
---@param name string
---@param args string[]
---@param flags table<string, any>?
function verb.run(name, args, flags)
  local heard = { lines = {}, words = {} }
  local call = { verb = name, args = args, flags = flags or {}, rest = {}, program = arg[-1],
    out = listener(heard) }
  call.flags.set = call.flags.set or {}
  call.flags.quiet = true
  find.used = {}
  current.begin { out = call.out }
  local ok, code = pcall(function()
    return require(verbs.by_name[name].module)(call)
  end)
  heard.code = ok and code or 1
  heard.raised = not ok and text_of(code) or nil
  collectgarbage() -- sessions and locks of what was raised out of
  return heard
end

local INSIDE = { "attempt to ", "nil value", "^lrrun:", "%Wlrrun:lrrun", "lrrun/[%w_]+/[%w_]+%.lua",
  "bad argument", "stack traceback", "0x%x%x%x+", "no integer representation", "userdata",
  "expected, got", "%(field '", "%(local '", "%(global '", "%(upvalue '" }

--- What of the inside a message shows, or nil: names and places of our own, Lua's own words.
---@param message string
---@return string?
function verb.inside(message)
  for _, pattern in ipairs(INSIDE) do
    local found = message:match(pattern)
    if found then
      return ("%q"):format(found)
    end
  end
  return nil
end

return verb
