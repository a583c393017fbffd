--- What a suite counts, while it goes: "N passed, N failed" is its last line, and where
--- tests/tools/tally.sh runs it (TALLY, a folder, in the environment) a file there always
--- holds the count, so that a suite that dies loses none of it.

local sys = require "lrrun.native.sys"

local tally = {}

local passed, failed = 0, 0
local kept -- the file, once something is counted

local function keep(state)
  local folder = os.getenv "TALLY"
  if folder and not kept then
    kept = assert(io.open(("%s/%d"):format(folder, sys.pid()), "w"))
  end
  if kept then
    kept:seek "set"
    kept:write(("%9d %9d %-7s\n"):format(passed, failed, state))
    kept:flush()
  end
end

--- What was counted by now, in all: for suites that count by themselves (busted).
function tally.set(all_passed, all_failed)
  passed, failed = all_passed, all_failed
  keep "running"
end

--- Counts n (1) successes.
---@param n integer?
function tally.pass(n)
  tally.set(passed + (n or 1), failed)
end

--- Counts a failure and prints what it is (as string.format has it).
function tally.fail(...)
  print("failed: " .. string.format(...))
  tally.set(passed, failed + 1)
end

--- How many were counted.
---@return integer passed
---@return integer failed
function tally.counts()
  return passed, failed
end

--- Prints the suite's last line.
function tally.report()
  keep "done"
  print(("%d passed, %d failed"):format(passed, failed))
  io.stdout:flush()
end

--- The suite's end, and the process's.
function tally.finish()
  tally.report()
  os.exit(failed == 0, true)
end

return tally
