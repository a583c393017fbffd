-- Every system call of files, logs and locks fails in turn, in each way, and the process is
-- ended there in turn: the old content or the new one is there afterwards, whole, never a
-- part; no two have a lock; and a failure is never reported as success.
-- Usage: lrrun --trusted tests/faults/run.lua

package.path = "tests/?.lua;" .. package.path

local file = require "lrrun.native.file"
local faults = require "support.faults"
local program = require "support.program"
local tally = require "support.tally"
local temporary = require "support.temporary"

local WAYS = { "EIO", "ENOSPC", "EINTR", "EDQUOT", "SHORT", "KILL", "EIO:sticky", "ENOSPC:sticky" }

local MINE, ANOTHERS = "mine\n", "another's\n"
local OLD, NEW = "old content\n", ("new content\n"):rep(1000)

-- What the process under test does: it says "saved" when it believes that.
local WRITER = [[
local file = require "lrrun.native.file"
local out = file.create(arg[1])
local text = ("new content\n"):rep(500)
out:write(text)
out:write(text)
out:commit()
print "saved"
]]

local LOGGER = [[
local log = require "lrrun.native.file".log(arg[1])
for i = 1, 3 do
  local ok = pcall(log.write, log, ("line %d\n"):format(i))
  print(ok and "saved" or "failed")
end
log:sync()
]]

-- The lock of a search's journal.
local CLAIMER = [[
local taken = require "lrrun.native.file".claim(arg[1], "mine\n")
print(taken and "taken" or "there")
]]

-- The lock of a run's folder.
local LOCKER = [[
local lock = require "lrrun.native.file".lock(arg[1])
print "taken"
lock:close()
]]

local function report(ok, what, why)
  if ok then
    tally.pass()
  else
    tally.fail("%s: %s", what, why)
  end
end

local folder = temporary.folder()

local function run_script(text, path, fault)
  program.write(folder .. "/script.lua", text)
  return program.run(("--trusted %s/script.lua %s"):format(folder, path),
    "LRRUN_FAULT=" .. fault)
end

local function leftovers()
  local list = {}
  for _, name in ipairs(file.list(folder)) do
    if name:find "%.tmp$" then
      list[#list + 1] = name
      os.remove(folder .. "/" .. name)
    end
  end
  return #list
end

-- A durable rename whose folder sync failed is in place, and says so.
local function check_whole_file(call, way, n)
  local path = folder .. "/file"
  local fault = ("%s:%d:%s"):format(call, n, way)
  file.write(path, OLD)
  local code, out, err = run_script(WRITER, path, fault)
  local now = file.read(path)
  local saved = out:find "saved" ~= nil
  local killed = way == "KILL" and code > 128
  local left = leftovers()
  local why
  if now ~= OLD and now ~= NEW then
    why = "the file is neither old nor new"
  elseif saved and now ~= NEW then
    why = "said it was saved, but it was not"
  elseif not saved and code == 0 then
    why = "neither saved nor an error"
  elseif not saved and not killed and err == "" then
    why = "no message"
  elseif not killed and left > 0 then
    why = "a temporary file is left"
  end
  report(why == nil, fault, why)
end

local function check_log(call, way, n)
  local path = folder .. "/log"
  local fault = ("%s:%d:%s"):format(call, n, way)
  file.write(path, "torn")
  local code, out, err = run_script(LOGGER, path, fault)
  local saved = select(2, out:gsub("saved", ""))
  local text = file.read(path) or ""
  local lines = select(2, text:gsub("line %d\n", ""))
  local ok = lines == saved and #text == 7 * lines
  ok = ok or text == "torn" and saved == 0 and code ~= 0
  report((ok or way == "KILL" and lines >= saved) and (code == 0 or code > 128 or err ~= ""),
    "log, " .. fault, ("%d lines said to be saved, %d there; %s"):format(saved, lines, err))
end

-- What is wrong after a process that was to take the lock ended: other and now, what was in
-- its place before and is there now.
local function wrong_claim(code, out, err, other, now)
  if other and now ~= other then
    return "the other's lock is gone"
  elseif out:find "taken" then
    return (other or now ~= MINE) and "said it was taken, but it was not" or nil
  elseif code > 128 or out:find "there" then
    return nil
  elseif now ~= other then
    return "taken without a word"
  end
  return (code == 0 or err == "") and "no message" or nil
end

-- A claim where none is, or `other` is what is there.
local function check_claim(call, way, n, other)
  local path = folder .. "/lock"
  local fault = ("%s:%d:%s"):format(call, n, way)
  os.remove(path)
  if other then
    file.write(path, other)
  end
  local code, out, err = run_script(CLAIMER, path, fault)
  local now = file.read(path)
  local why = wrong_claim(code, out, err, other, now)
  local left = #file.list(folder) - 1 - (now and 1 or 0) -- beside the script
  if left > 0 and code <= 128 and call ~= "remove" then
    why = why or "a temporary file is left"
  end
  os.execute(("rm -f %s.*"):format(path))
  report(not why, ("claim%s, %s"):format(other and " of a lock that is there" or "", fault), why)
end

local function check_lock(call, way, n)
  local fault = ("%s:%d:%s"):format(call, n, way)
  local code, out, err = run_script(LOCKER, folder, fault)
  report(code > 128 or (out == "taken\n") == (code == 0) and (code == 0 or err ~= ""),
    "folder's lock, " .. fault, ("exit code %d, %q, %q"):format(code, out, err))
end

-- check(call, way, n) for every place where the script of that text comes to a call.
local function sweep(text, path, check)
  for _, call in ipairs(faults.calls) do
    local count = faults.count(function(before)
      return (run_script(text, path, before:match "=(.*)"))
    end, call)
    os.execute(("rm -f %s/.lrrun.* %s/lock*"):format(folder, folder))
    for n = 0, count - 1 do
      for _, way in ipairs(WAYS) do
        check(call, way, n)
      end
    end
  end
end

sweep(WRITER, folder .. "/file", check_whole_file)
sweep(LOGGER, folder .. "/log", check_log)
os.execute(("rm -f %s/*"):format(folder))
sweep(CLAIMER, folder .. "/lock", check_claim)
sweep(CLAIMER, folder .. "/lock", function(call, way, n)
  check_claim(call, way, n, ANOTHERS)
end)
-- Where the file system cannot rename without replacing, the lock is made in its place.
check_claim("renameat2", "EINVAL:sticky", 0)
check_claim("renameat2", "EINVAL:sticky", 0, ANOTHERS)
sweep(LOCKER, folder, check_lock)
tally.finish()
