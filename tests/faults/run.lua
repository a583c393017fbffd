-- Every system call of writing a file fails in turn, in each way, and the process is ended
-- there in turn: the old content or the new one is there afterwards, whole, never a part,
-- and a failure is never reported as success.
-- Usage: lrrun --trusted tests/faults/run.lua

package.path = "tests/?.lua;" .. package.path

local file = require "lrrun.native.file"
local program = require "support.program"
local tally = require "support.tally"

local SITES = { "open", "write", "fsync", "close", "rename", "dirsync" }
local WAYS = { "EIO", "ENOSPC", "EINTR", "EDQUOT", "SHORT", "KILL", "EIO:sticky", "ENOSPC:sticky" }

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
]]

local function report(ok, what, why)
  if ok then
    tally.pass()
  else
    tally.fail("%s: %s", what, why)
  end
end

local folder = os.tmpname()
os.remove(folder)
file.mkdir(folder)

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
local function check_whole_file(site, way, n)
  local path = folder .. "/file"
  local fault = ("%s:%d:%s"):format(site, n, way)
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
  return saved
end

local function check_log(way, n)
  local path = folder .. "/log"
  local fault = ("write:%d:%s"):format(n, way)
  os.remove(path)
  local _, out = run_script(LOGGER, path, fault)
  local saved = select(2, out:gsub("saved", ""))
  local text = file.read(path) or ""
  local lines = select(2, text:gsub("line %d\n", ""))
  local ok = lines == saved and #text == 7 * lines
  report(ok or (way == "KILL" and lines >= saved), "log, " .. fault,
    ("%d lines said to be saved, %d there"):format(saved, lines))
end

for _, site in ipairs(SITES) do
  for _, way in ipairs(WAYS) do
    local n = 0
    repeat
      local saved = check_whole_file(site, way, n)
      n = n + 1
    until (saved and n > 2) or n > 6
  end
end
for _, way in ipairs(WAYS) do
  for n = 0, 2 do
    check_log(way, n)
  end
end
os.execute("rm -rf " .. program.quote(folder))
tally.finish()
