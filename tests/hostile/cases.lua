--- The hostile recipes as cases: what each is run with, how long it may take, how it ends.
--
-- A recipe says so in comments at its top (those of given/, which came as they are, in
-- given.lua):
--   -- ends: itself               exit status 0
--   -- ends: words PATTERN        exit status 1, or 4 for want of memory, and the output matches
--                                the Lua pattern
--   -- ends: usage PATTERN        exit status 2, and the output matches the Lua pattern
--   -- ends: limit FLAG           the same, and the output names the flag
--   -- ends: ctrl-c               runs on; ends on one interrupt, with exit status 130
-- Several may do: "itself | limit --memory". Beside it there may be
--   -- says: PATTERN              the output matches it, too
--   -- never: PATTERN             the output does not match it
--   -- flags: WORDS               more words of the command line
--   -- run: WORDS                 instead of RECIPE alone: "plan RECIPE"
--   -- quotes: yes                names of lrrun's inside are the recipe's own words
--   -- seconds: N                 how long it may take, where not the time limit and a second

local file = require "lrrun.native.file"

local cases = {}

local FOLDER = "tests/hostile"

--- Limits that every case has, by its flags; a case's own replace them.
cases.limits = { ["lua-seconds"] = 0.2, ["lua-memory"] = 32, memory = "160M", log = "10M" }

-- Seconds of one that does nothing but end at that limit, and of one that ends before it however
-- slow the machine is.
local ENDLESS, SOON, LATE = "limit --lua-seconds", " --lua-seconds 0.1", " --lua-seconds 2"

-- After a limit: a second, and what starting and ending a process take when several run at a time
-- on a slow machine (1.6 s were seen in all).
local GRACE_MS = 2000
local INT_GRACE_MS = 2300 -- a native call is waited for two seconds (host/supervisor.h)
local INT_MS = 400 -- when the interrupt comes
local SLOWER = 6 -- sanitized

local KEYS = { ends = true, says = true, never = true, flags = true, run = true, seconds = true,
  quotes = true }

local function header(path)
  local case = {}
  local source <close> = assert(io.open(path))
  for line in source:lines() do
    local key, value = line:match "^%-%- (%l+): (.*)$"
    if not key then
      break
    end
    assert(KEYS[key], ("%s: no key '%s'"):format(path, key))
    case[key] = value
  end
  assert(case.ends, path .. ": says not how it ends")
  return case
end

-- Room for Lua's values beside all else, where a case has more of them.
local function with_room(case)
  local lua = (case.flags or ""):match "%-%-lua%-memory (%d+)"
  if lua and not case.flags:find("--memory", 1, true) then
    case.flags = ("%s --memory %dM"):format(case.flags, lua + 128)
  end
end

-- Little time, where a case only uses it up; more than it needs, where no limit is to end it.
local function with_its_time(case)
  local flags = case.flags or ""
  if flags:find("--lua-seconds", 1, true) then
    return
  elseif case.ends == ENDLESS then
    case.flags = flags .. SOON
  elseif case.ends:find "^itself" and not case.ends:find "limit" then
    case.flags = flags .. LATE
  end
end

local function words_of(case)
  local words, given = {}, {}
  local run, rest = ((case.run or "RECIPE") .. " "):match "^(.-)( %-%- .*)$"
  for word in ((run or case.run or "RECIPE") .. " " .. (case.flags or "")):gmatch "%S+" do
    words[#words + 1] = word == "RECIPE" and "r.lua" or word
    given[word:match "^%-%-([%w-]+)" or ""] = true
  end
  case.verbose = given.verbose
  for flag, value in pairs(cases.limits) do
    if not given[flag] then
      words[#words + 1] = ("--%s=%s"):format(flag, value)
    end
  end
  for _, word in ipairs { "--threads=1", "--out=../out" } do
    words[#words + 1] = word
  end
  for word in (rest or ""):gmatch "%S+" do -- the recipe's own
    words[#words + 1] = word
  end
  return words
end

local MIB = { [""] = 1, K = 1 / 1024, M = 1, G = 1024 } -- a bare number of memory is of MiB

-- The value of a limit in a case: seconds, or MiB.
local function limit_of(case, flag)
  local text = (case.flags or ""):match("%-%-" .. flag:gsub("%-", "%%-") .. "[ =](%S+)")
  local number, unit = tostring(text or cases.limits[flag]):match "^([%d.]+)(%u?)$"
  return tonumber(number) * MIB[unit]
end

local function complete(case, name, source, home, sanitized)
  local slower = sanitized and SLOWER or 1
  case.name, case.source, case.folder = name, file.real(source), home .. "/" .. name:gsub("/", "-")
  with_room(case)
  with_its_time(case)
  case.words = words_of(case)
  case.int_ms = case.ends:find("ctrl-c", 1, true) and INT_MS * slower or 0
  case.memory_mib, case.log_mib = limit_of(case, "memory"), limit_of(case, "log")
  local seconds = tonumber(case.seconds) or limit_of(case, "lua-seconds")
  case.most_ms = case.int_ms > 0 and case.int_ms + INT_GRACE_MS or 1000 * seconds + GRACE_MS
  case.most_ms = case.most_ms * slower
  case.stop_ms = case.most_ms + 2000
  return case
end

local function lua_files(folder)
  local out = {}
  for _, name in ipairs(assert(file.list(folder))) do
    if name:find "%.lua$" then
      out[#out + 1] = name:sub(1, -5)
    end
  end
  table.sort(out)
  return out
end

--- All cases, or those wanted, by name ("memory/tensors").
---@param home string folder of the rooms
---@param options { sanitized: boolean?, wanted: table? }
function cases.list(home, options)
  local list, given = {}, dofile(FOLDER .. "/given.lua")
  for _, kind in ipairs(assert(file.list(FOLDER))) do
    local folder = FOLDER .. "/" .. kind
    for _, stem in ipairs(file.kind(folder) == "dir" and lua_files(folder) or {}) do
      local name, source = kind .. "/" .. stem, folder .. "/" .. stem .. ".lua"
      local case = kind == "given" and assert(given[stem], name .. " is not in given.lua")
        or header(source)
      if not options.wanted or options.wanted[name] or options.wanted[kind] then
        list[#list + 1] = complete(case, name, source, home, options.sanitized)
      end
    end
  end
  return list
end

return cases
