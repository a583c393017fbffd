--- Trials as processes: each is `lrrun trial STUDY N`, started as a program of its own and
--- never forked, so that one that crashes takes nothing with it. They end with the process
--- that started them. Layer: study.

local file = require "lrrun.native.file"
local next_folder = require "lrrun.record.next_folder"
local json = require "lrrun.record.json"
local process = require "lrrun.native.process"
local sys = require "lrrun.native.sys"

local Workers = {}
local Mt = { __index = Workers }

local workers = {}

local INTERRUPTED = { [130] = true, [143] = true }
local SETTLE = 0.2 -- seconds until an interrupt of the whole group has reached us too

--- opts: folder of the study, jobs, threads of each, flags = more words of the command line.
function workers.new(opts)
  return setmetatable({ folder = opts.folder, jobs = opts.jobs, threads = opts.threads,
    flags = opts.flags, active = {}, count = 0, tidied = {} }, Mt)
end

--- The run folder of a trial.
function workers.place(study_folder, number)
  return ("%s/trials/%d"):format(study_folder, number)
end

--- NaN is null on the way to the worker and back.
local function read_json(path)
  local text = file.read(path)
  return text and json.decode(text)
end

--- Whether another trial may begin now.
function Workers:has_room()
  return self.count < self.jobs
end

function Workers:start(work)
  local place = workers.place(self.folder, work.number)
  next_folder.make(place)
  file.write(place .. "/job.json", json.encode(work, { indent = true }) .. "\n")
  file.remove(place .. "/outcome.json")
  file.remove(place .. "/worker.log")
  local words = { sys.program(), "trial", self.folder, ("%d"):format(work.number), "--parent",
    ("%d"):format(sys.pid()), "--threads", ("%d"):format(self.threads),
    table.unpack(self.flags) }
  local pid = process.spawn(words, { stdout = "/dev/null", stderr = place .. "/worker.log" })
  self.active[pid] = { work = work, place = place, since = sys.now() }
  self.count = self.count + 1
end

-- The last thing that the worker said before it failed.
local function complaint(place, code)
  local message
  for line in (file.read(place .. "/worker.log") or ""):gmatch "[^\n]+" do
    local said = line:match "^lrrun: (.*)"
    if said and not said:find "^warning:" then
      message = said
    end
  end
  if message and code < 128 then
    return message
  elseif code > 128 then
    return ("was killed by signal %d"):format(code - 128)
  end
  return ("ended with exit code %d"):format(code)
end

local function outcome_of(item, code)
  local outcome = code == 0 and read_json(item.place .. "/outcome.json")
  if not outcome then
    outcome = { error = complaint(item.place, code), seconds = sys.now() - item.since }
  end
  for _, report in ipairs(outcome.reports or {}) do
    report[2] = report[2] ~= json.null and report[2] or 0 / 0
  end
  return outcome
end

--- Results that have come in: list of { job number, outcome }.
function Workers:poll()
  local done = {}
  for pid, item in pairs(self.active) do
    local code = process.wait(pid)
    if code and INTERRUPTED[code] and not sys.interrupted() then
      sys.sleep(SETTLE)
    end
    if code then
      self.active[pid] = nil
      self.count = self.count - 1
      if not (INTERRUPTED[code] and sys.interrupted()) then
        done[#done + 1] = { item.work.job, outcome_of(item, code) }
      end
    end
  end
  table.sort(done, function(a, b)
    return a[1] < b[1]
  end)
  return done
end

--- Removes the checkpoints of trials that will not go on, but the best one's: they take three
--- times the room of the weights. Weights and figures stay.
---@param study table
function Workers:tidy(study)
  local best = study:best()
  for number = 0, study.count - 1 do
    local t = study.trials[number]
    if t and t.state ~= "running" and t ~= best and not self.tidied[number] then
      local place = workers.place(self.folder, number) .. "/checkpoints"
      for _, name in ipairs(file.list(place) or {}) do
        file.remove(place .. "/" .. name)
      end
      self.tidied[number] = true
    end
  end
end

--- Ends all workers so that they save where they are, and waits for them.
function Workers:stop()
  for pid in pairs(self.active) do
    process.kill(pid, "TERM")
  end
  while next(self.active) do
    for pid in pairs(self.active) do
      local ok, code = pcall(process.wait, pid)
      if not ok or code then
        self.active[pid] = nil
      end
    end
    sys.sleep(0.01)
  end
end

return workers
