--- Whether a hostile recipe was contained: looks at how its process ended, at what it printed
--- and at its room. Enters `why` in each case that was not, `late` where that may be because
--- other processes had the cores.

local room = require "hostile.room"

local verdict = {}

-- Words of lrrun's inside, which mean nothing to who reads a message.
local INSIDE = {
  "attempt to %l+ a %l+ value %(method", "lrrun:lrrun/", "lrrun%.%l+%.%l", "lrrun/%l+/",
  "to '%?'", "stack traceback", "calling '[^']*' on bad self", "0x%x%x%x%x%x%x%x%x+",
  "Sanitizer", "runtime error:", "[Aa]ssertion", "%f[%w]nil nil%f[%W]", "Broken pipe",
}

local function at_time_limit(case)
  return case.output:find("--lua-seconds", 1, true)
end

local ENDINGS = {
  itself = function(case)
    return case.code == 0, "want exit status 0"
  end,
  words = function(case, pattern)
    return (case.code == 1 or case.code == 4) and case.output:find(pattern) ~= nil,
      ("want exit status 1 or 4 and words that match %q"):format(pattern)
  end,
  usage = function(case, pattern)
    return case.code == 2 and case.output:find(pattern) ~= nil,
      ("want exit status 2 and words that match %q"):format(pattern)
  end,
  -- On a machine that is busy the limit on time may come first, whatever the recipe is after.
  limit = function(case, flag)
    local named = case.output:find(flag, 1, true) or at_time_limit(case)
    return (case.code == 1 or case.code == 4) and named ~= nil,
      "want exit status 1 or 4 and words that name " .. flag
  end,
  ["ctrl-c"] = function(case)
    return case.code == 130, "want exit status 130"
  end,
}

local function ending(case)
  local wants = {}
  for part in (case.ends .. " | "):gmatch "(.-) | " do
    local kind, rest = part:match "^([%l-]+) ?(.*)$"
    local ok, want = ENDINGS[kind](case, rest)
    if ok then
      return nil
    end
    wants[#wants + 1] = want
  end
  return table.concat(wants, "; or ")
end

-- Bytes that a terminal would obey: control characters, and those of Unicode that are
-- controls or turn the direction of text.
local function obeyed(text)
  local at = text:find "[%z\1-\8\11-\31\127]"
  if at then
    return ("prints the control character %d"):format(text:byte(at))
  end
  for _, pattern in ipairs { "\xc2[\x80-\x9f]", "\xe2\x80[\x8b\x8e\x8f\xaa-\xae]",
    "\xe2\x81[\xa0\xa6-\xa9]", "\xef\xbb\xbf", "\xd8\x9c" } do
    if text:find(pattern) then
      return "prints a hidden or turning character"
    end
  end
  return not (utf8.len(text) or #text > 100000) and "prints what is no UTF-8" or nil
end

local function inside(text)
  for _, pattern in ipairs(INSIDE) do
    local found = text:match(pattern)
    if found then
      return ("shows the inside: '%s'"):format(found)
    end
  end
end

local function texts(case)
  if case.says and not case.output:find(case.says) then
    return ("want output that matches %q"):format(case.says)
  elseif case.never and case.output:find(case.never) then
    return ("want no output that matches %q"):format(case.never)
  end
  return obeyed(case.output) or not case.verbose and not case.quotes and inside(case.output) or nil
end

local ANSWER_BYTES = 65536 -- of what is no log: errors, results
local PROGRAM_KIB = 24 * 1024 -- of the program itself

local function amounts(case, options)
  local most = PROGRAM_KIB + case.memory_mib * 1024 * 1.1
  if case.bytes > case.log_mib * 1024 * 1024 + ANSWER_BYTES then
    return ("printed %d bytes"):format(case.bytes)
  elseif not options.sanitized and case.kib > most then
    return ("took %.1f MiB, want at most %.1f"):format(case.kib / 1024, most / 1024)
  end
end

local function judge(case, options)
  if case.code == -1 then
    return ("ran on for %d ms and had to be killed"):format(case.stop_ms)
  elseif case.code > 128 and case.code ~= 130 then
    return ("ended by signal %d"):format(case.code - 128)
  elseif case.left then
    return "left a process behind"
  end
  return ending(case) or texts(case) or amounts(case, options)
    or room.damage(options.model, case.folder)
end

--- Judges each case.
---@param list table[]
---@param options { model: string, sanitized: boolean }
function verdict.of(list, options)
  for _, case in ipairs(list) do
    case.why = judge(case, options)
    case.late = case.code == -1 or case.why and at_time_limit(case) ~= nil
      or case.why and case.int_ms > 0 -- maybe interrupted before it had begun
      or not case.why and case.ms > case.most_ms
    if case.late and not case.why then
      case.why = ("took %d ms, want at most %d"):format(case.ms, case.most_ms)
    end
  end
end

return verdict
