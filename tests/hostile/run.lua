-- Hostile recipes: each runs as a process of its own with small limits, and has to end as it
-- says, soon, in words, with nothing read or written outside and nothing left behind.
-- Usage: lrrun --trusted tests/hostile/run.lua [table|failures] [jobs=N] [NAME...]
-- NAME is a kind ("memory") or a recipe ("memory/views").
--
-- CONTAIN in the environment is the program of tests/tools/contain.c.

package.path = "tests/?.lua;" .. package.path

local cases = require "hostile.cases"
local file = require "lrrun.native.file"
local program = require "support.program"
local room = require "hostile.room"
local sys = require "lrrun.native.sys"
local tally = require "support.tally"
local temporary = require "support.temporary"
local verdict = require "hostile.verdict"

local contain = file.real(os.getenv "CONTAIN" or "build/release/contain")
local lrrun = file.real(program.path)
local sanitized = program.path:find("asan", 1, true) ~= nil

local shown, at_once, wanted = false, 2, {}
local function take(word)
  local jobs = word:match "^jobs=(%d+)$"
  if word == "table" then
    shown = true
  elseif jobs then
    at_once = math.tointeger(tonumber(jobs))
  elseif word ~= "failures" then
    wanted[word] = true
  end
end
for _, word in ipairs(arg) do
  take(word)
end

local home = temporary.folder()
local model = room.model(home .. "/model", contain)

-- Processes get no more of it than this, so that one that is not contained harms no other.
local SPACE_MIB = sanitized and 0 or 4096

local ASAN = "ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1:hard_rss_limit_mb=3000"

-- A case as contain takes it.
local function job(case)
  local words = { case.name, case.folder .. "/in", ("%d"):format(case.stop_ms),
    ("%d"):format(case.int_ms), ("%d"):format(SPACE_MIB), case.folder .. "/output", "env",
    "HOME=" .. case.folder .. "/home", "MALLOC_PERTURB_=165", ASAN, lrrun }
  for _, word in ipairs(case.words) do
    words[#words + 1] = word
  end
  return table.concat(words, "\t")
end

local function number(text)
  return math.tointeger(tonumber(text))
end

-- Runs the cases, `jobs` at a time; enters in each what came of it.
local function run(list, jobs)
  local by_name, lines = {}, {}
  room.copies(model, list)
  for i, case in ipairs(list) do
    by_name[case.name] = case
    lines[i] = job(case) .. "\n"
  end
  program.write(home .. "/jobs", table.concat(lines))
  local pipe <close> = io.popen(("%s %d <%s/jobs"):format(contain, jobs, home))
  for line in pipe:lines() do
    local name, code, ms, kib, bytes, left = line:match(("([^\t]+)\t"):rep(5) .. "(%d)")
    local case = by_name[name]
    case.code, case.ms, case.kib, case.bytes = number(code), number(ms), number(kib), number(bytes)
    case.left = left == "1"
    local f <close> = assert(io.open(case.folder .. "/output", "rb"))
    case.output = f:read "a"
  end
end

-- How much longer than its processor time something takes here and now: 1 where the cores are
-- free. Limits on a recipe are of processor time, what is measured is not.
local function slowness()
  local wall, cpu, x = sys.now(), os.clock(), 0
  while os.clock() - cpu < 0.1 do
    x = x + 1
  end
  return math.max((sys.now() - wall) / (os.clock() - cpu), 1)
end

-- One that was merely late is tried again alone, with so much more time as other processes have
-- the cores.
local function once_more(list)
  local slower = slowness()
  local late = {}
  for _, case in ipairs(list) do
    if case.late then
      os.execute("rm -rf " .. program.quote(case.folder))
      case.most_ms = math.ceil(case.most_ms * slower)
      case.stop_ms = math.ceil(case.stop_ms * slower)
      case.int_ms = math.ceil(case.int_ms * slower)
      late[#late + 1] = case
    end
  end
  if #late > 0 then
    run(late, 1)
    verdict.of(late, { model = model, sanitized = sanitized })
  end
end

local function show(case)
  print(("%-34s %-4s %-28s %5d ms %6.1f MiB %8d B"):format(case.name, case.why and "BAD" or "ok",
    case.ends:sub(1, 28), case.ms, case.kib / 1024, case.bytes))
end

local function report(case)
  if shown then
    show(case)
  end
  if not case.why then
    tally.pass()
  else
    local text = case.output:gsub("[%c\127-\255]", function(c)
      return c == "\n" and "\n    " or ("\\x%02x"):format(c:byte())
    end)
    tally.fail("hostile %s (%s): %s\n    exit status %d, %d ms, %.1f MiB, %d bytes\n    %s",
      case.name, case.ends, case.why, case.code, case.ms, case.kib / 1024, case.bytes,
      #text > 1200 and text:sub(1, 600) .. " [...] " .. text:sub(-600) or text)
  end
end

local list = cases.list(home, { sanitized = sanitized, wanted = next(wanted) and wanted })
run(list, at_once)
verdict.of(list, { model = model, sanitized = sanitized })
once_more(list)
for _, case in ipairs(list) do
  report(case)
end
for _, path in ipairs(room.leaks(home)) do
  tally.fail("hostile: what a canary holds is in %s", path)
end
tally.finish()
