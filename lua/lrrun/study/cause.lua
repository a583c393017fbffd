--- Whose fault it is that a trial did not come to its end: its own, or that of the machine,
--- which may be mended. Layer: study.

local cause = {}

-- Ends of messages about files, as the system words them, and of limits on them.
local MACHINE = {
  "No space left on device", "Disk quota exceeded", "Input/output error",
  "Read-only file system", "File too large", "Too many open files",
  "Too many open files in system", "Stale file handle", "Structure needs cleaning",
  "(--disk)", "(--files)",
}

--- Whether a message says that files could not be read or written for a reason that lies
--- neither in them nor in the recipe: it holds for all trials alike.
---@param message any
---@return boolean
function cause.is_machine(message)
  for _, text in ipairs(type(message) == "string" and MACHINE or {}) do
    if message:sub(-#text) == text then
      return true
    end
  end
  return false
end

--- What a worker's exit code and last words say: the trial's own fault, or nil and what befell
--- it.
---@param code integer as process.wait gives it
---@param message string? the last line that it wrote
---@return string? own
---@return string? outside
function cause.of(code, message)
  if code > 128 then
    if message and message:find("(--lua-seconds)", 1, true) then
      return message
    end
    return nil, ("was killed by signal %d"):format(code - 128)
  elseif not message then
    return nil, ("ended with exit code %d without a word"):format(code)
  elseif cause.is_machine(message) then
    return nil, message
  end
  return message
end

return cause
