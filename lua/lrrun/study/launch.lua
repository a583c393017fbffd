--- How workers are started, asked for their end and waited for. A locked process can do none of
--- that: its supervisor does, with the words that it was told before (host/workers.h). Without
--- a sandbox this process does. Layer: study.

local process = require "lrrun.native.process"
local sandbox = require "lrrun.sandbox"
local sys = require "lrrun.native.sys"

local launch = {}

--- Starts trial `number`; gives what the others take.
---@param set { folder: string, threads: integer, memory: integer, words: string[] }
---@param number integer
---@param log string file for what it says
---@return integer
function launch.start(set, number, log)
  if sandbox.is_locked() then
    return sandbox.workers.start(set.folder, number, set.threads, set.memory)
  end
  local words = { sys.program(), "trial", set.folder, ("%d"):format(number), "--parent",
    ("%d"):format(sys.pid()), "--threads", ("%d"):format(set.threads),
    table.unpack(set.words) }
  words[#words + 1] = ("--memory=%dB"):format(set.memory) -- the last one holds
  return process.spawn(words, { stdout = "/dev/null", stderr = log })
end

--- Its exit code once it has ended, or nil.
---@return integer?
function launch.ended(id)
  return (sandbox.is_locked() and sandbox.workers.ended or process.wait)(id)
end

--- Asks all of them to end.
---@param active table<integer, any>
function launch.stop(active)
  if sandbox.is_locked() then
    sandbox.workers.stop()
    return
  end
  for id in pairs(active) do
    process.kill(id, "TERM")
  end
end

return launch
