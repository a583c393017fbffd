--- A run or a study as its files tell of it while another process writes them, on this machine or
--- on one that shares the folder: polled, never waited on, and opened anew each time, so that a
--- network file system shows what is there.
--
-- A process that trains holds its folder (file.lock). Where it was seen to be held and is not any
-- more without an end being written, the process has died. Where it never was, the process may be
-- on a machine whose locks do not reach here: then only time tells (`stale`). Layer: study.

local entries = require "lrrun.study.entries"
local file = require "lrrun.native.file"
local json = require "lrrun.record.json"

local follow = {}

local CONFIRMED = 3 -- looks in a row that find nobody
local MOST = 1 << 26 -- bytes that are taken in at once

local Log = {}
local LogMt = { __index = Log }

local function new_log(path)
  return setmetatable({ path = path, at = 0 }, LogMt)
end

-- The numbers of a line of an evaluation or of updates; nil of others.
local function row_of(line)
  local ok, row = pcall(json.decode, line)
  local is = ok and type(row) == "table" and row.event == nil
  if not is or math.type(row.step) ~= "integer" or row.step < 0 then
    return nil
  end
  local out = {}
  for key, value in pairs(row) do
    out[key] = type(value) == "number" and value or nil
  end
  return out
end

-- Rows of whole lines that came since the last time; true where the log begins anew.
function Log:more()
  local input <close> = file.kind(self.path) == "file" and file.open(self.path) or nil
  local size = input and input:size() or 0
  local anew = size < self.at
  self.at = anew and 0 or self.at
  local text = size > self.at and input:read(self.at, math.min(size - self.at, MOST)) or ""
  local whole = #(text:match "^.*\n" or "") -- in one pass, where "[^\n]*$" looks from each byte
  self.at = self.at + whole
  local rows = {}
  for line in text:sub(1, whole):gmatch "([^\n]*)\n" do
    rows[#rows + 1] = row_of(line)
  end
  return rows, anew
end

local Follower = {}
local Mt = { __index = Follower }

--- Follows what is at `path`, which is a run's or a study's folder. stale: seconds without a sign
--- after which a process that cannot be seen is taken for dead.
-- Fields: entry (entries.read), rows (all evaluations), latest (the last line of steps.jsonl),
-- is_held, age = seconds since something was written, over = nil, or why there is nothing more to
-- come: "ended", "interrupted", "died" or "stale".
---@param path string
---@param stale number
function follow.new(path, stale)
  return setmetatable({ path = path, stale = stale, rows = {}, log = new_log(path ..
    "/metrics.jsonl"), steps = new_log(path .. "/steps.jsonl"), unseen = 0, longest = 0 }, Mt)
end

local SIGNS = { "metrics.jsonl", "steps.jsonl", "journal.log", "run.yaml", "result.json",
  "advice.json", "sensitivity.json", "checkpoints" }

-- What tells of evaluations alone, which are read by themselves.
local LOGS = { ["metrics.jsonl"] = true, ["steps.jsonl"] = true, checkpoints = true }

-- Seconds since the processes that joined in a study, which may be on other hosts, were heard of.
local function silence_of(path)
  local least = math.huge
  for _, name in ipairs(file.list(path .. "/joined") or {}) do
    local at, age = file.modified(path .. "/joined/" .. name)
    least = at and name:find("^writer%.lease%.%d+$") and math.min(least, age) or least
  end
  return least
end

-- Seconds since anything of it was written, and a text that changes where its records do.
local function signs_of(path)
  local least, parts = silence_of(path), {}
  for _, name in ipairs(SIGNS) do
    local at, age = file.modified(path .. "/" .. name)
    least = math.min(least, at and age or math.huge)
    parts[#parts + 1] = not LOGS[name] and tostring(at) or nil
  end
  return math.max(0, least), table.concat(parts, " ")
end

-- Whether an end was written.
local function end_of(e)
  if e.kind == "run" then
    return e.status ~= "running" and e.status ~= "stopped" and (e.status == "interrupted"
      and "interrupted" or "ended") or nil
  end
  return e.status == "done" and "ended" or nil
end

-- Why nothing more is to come, or nil.
local function over_of(self)
  local said = not self.is_held and end_of(self.entry)
  if said then
    return said
  end
  self.unseen = self.is_held and 0 or self.unseen + 1
  if self.is_held or self.unseen < CONFIRMED then
    return nil
  elseif self.was_held then
    return "died"
  end
  return self.age > math.max(self.stale, 3 * self.longest) and "stale" or nil
end

-- The longest time between two evaluations, by the run's own clock.
local function note_pace(self)
  local before = 0
  for _, row in ipairs(self.rows) do
    self.longest = math.max(self.longest, (row.seconds or before) - before)
    before = row.seconds or before
  end
end

--- Looks again. Gives the evaluations that came since, and true where the run went back to an
--- earlier step. Raises what is wrong with its record.
---@return table[], boolean
function Follower:poll()
  self.is_held = file.locked(self.path) == true
  self.was_held = self.was_held or self.is_held
  local age, records = signs_of(self.path)
  self.age, records = age, records .. tostring(self.is_held)
  if records ~= self.records then
    local entry = entries.read(self.path)
    if not entry then
      error(("%s is gone"):format(self.path), 0)
    end
    self.entry, self.records = entry, records
  end
  local fresh, anew = self.log:more()
  if anew then
    self.rows = {}
  end
  table.move(fresh, 1, #fresh, #self.rows + 1, self.rows)
  note_pace(self)
  local steps = self.steps:more()
  self.latest = steps[#steps] or self.latest
  self.over = over_of(self)
  return fresh, anew
end

return follow
