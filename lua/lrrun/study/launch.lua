--- Who runs trials: processes of this machine. How they are started, asked for their end and
--- waited for: a locked process can do none of that, so its supervisor does, with the words that
--- it was told before (host/workers.h); without a sandbox this process does.
--
-- Whoever runs trials for workers.lua has most, how many at a time, and start(work, log) -> an id,
-- log being the file for what the trial says; ended(id) -> its exit code, or nil while it runs;
-- stop(came), which asks all to end. Layer: study.

local process = require "lrrun.native.process"
local sandbox = require "lrrun.sandbox"
local sys = require "lrrun.native.sys"

local Here = {}
local Mt = { __index = Here }

local launch = {}

--- opts: folder of the study; jobs at the same time; threads and memory (bytes) of each;
--- words = the last of each command line.
---@param opts { folder: string, jobs: integer, threads: integer, memory: integer, words: string[] }
function launch.here(opts)
  return setmetatable({ most = opts.jobs, folder = opts.folder, threads = opts.threads,
    memory = opts.memory, words = opts.words, pids = {} }, Mt)
end

function Here:start(work, log)
  if sandbox.is_locked() then
    return sandbox.workers.start(self.folder, work.place or work.number, self.threads, self.memory)
  end
  local words = { sys.program(), "trial", self.folder, tostring(work.place or work.number),
    "--parent", ("%d"):format(sys.pid()), "--threads", ("%d"):format(self.threads),
    table.unpack(self.words) }
  words[#words + 1] = ("--memory=%dB"):format(self.memory) -- the last one holds
  local pid = process.spawn(words, { stdout = "/dev/null", stderr = log })
  self.pids[pid] = true
  return pid
end

function Here:ended(id)
  local code = (sandbox.is_locked() and sandbox.workers.ended or process.wait)(id)
  self.pids[id] = not code and self.pids[id] or nil
  return code
end

-- Asks one to end; others that run trials need not be able to.
function Here:stop_one(id)
  if sandbox.is_locked() then
    sandbox.workers.stop(id)
  else
    process.kill(id, "TERM")
  end
end

--- Asks all to end. The signal that this process, or rank 0, was asked by may have come to them,
--- too, as to all of a group: theirs is the other one, as a second of one kind kills.
---@param came string?
function Here:stop(came)
  local by_sigint = (came or sys.interrupted()) == "SIGTERM"
  if sandbox.is_locked() then
    sandbox.workers.stop(nil, by_sigint)
    return
  end
  for pid in pairs(self.pids) do
    process.kill(pid, by_sigint and "INT" or "TERM")
  end
end

return launch
