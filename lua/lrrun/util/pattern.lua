--- Patterns that a recipe gives for names of ours (of parameters): they are matched when the
--- recipe's own code has long returned, and their time is still the recipe's (host/guard.h).
-- Layer: util.

local errors = require "lrrun.util.errors"
local host = require "lrrun.native.host"

local pattern = {}

local function ended(ok, ...)
  host.behalf(false)
  if not ok then
    error(..., 0)
  end
  return ...
end

--- f(...) as the recipe's doing; f is one of string's.
---@param f function
function pattern.call(f, ...)
  host.behalf(true)
  return ended(errors.raw_pcall(f, ...))
end

--- Whether a name matches.
---@param name string
---@param text string the pattern
function pattern.matches(name, text)
  return pattern.call(name.find, name, text) ~= nil
end

return pattern
