--- A rank that trains trials for rank 0 (crew.lua): it does what it is asked, and answers. It reads
--- no recipe; each trial is a process of its own, locked as on rank 0's machine. Layer: study.

local crew = require "lrrun.study.crew"
local file = require "lrrun.native.file"
local host = require "lrrun.native.host"
local next_folder = require "lrrun.record.next_folder"
local parcel = require "lrrun.study.parcel"
local ranks = require "lrrun.util.ranks"
local run_files = require "lrrun.record.run_files"
local sys = require "lrrun.native.sys"
local trial = require "lrrun.study.trial"

local Hand = {}
local Mt = { __index = Hand }

-- Seconds: until one that waits for a trial is told that it runs; between two looks.
local HOLD, PAUSE = 0.1, 0.003
local MOST_MARK = 100 -- bytes

-- Whether the folder is the study's, and may be written in here.
local function sees(place, asked)
  if file.read(place .. "/" .. asked.mark, MOST_MARK) ~= asked.text then
    return false
  end
  next_folder.make(place) -- which it may write in from here on
  local probe = ("%s/rank-%d.mark"):format(place, ranks.own())
  local ok = pcall(file.write, probe, asked.text)
  file.remove(probe)
  return ok
end

local on = {}

function on.begin(self, asked)
  local name = next_folder.safe(asked.name)
  local place = self.out .. "/" .. name
  local there = sees(place, { mark = parcel.check(asked.mark), text = asked.text })
  if not there then
    place = ("%s/rank-%d-of-%s"):format(self.out, ranks.own(), name)
    next_folder.make(place)
    trial.clear(place)
    self.scratch = place
  end
  self.folder = assert(file.real(place))
  self.writer, self.by = parcel.writer(self.folder), self.launcher(self.folder)
  return { sees = there }
end

function on.put(self, asked, bytes)
  self.writer:put(asked.path, asked.at, asked.size, bytes)
  return {}
end

function on.names(self, asked)
  return { names = run_files(self.folder, parcel.check(asked.path)) }
end

function on.get(self, asked)
  local bytes, size = parcel.read(self.folder, parcel.check(asked.path), asked.at)
  return { size = size }, bytes
end

local function remove(place)
  trial.clear(place)
  for _, name in ipairs(file.list(place) or {}) do
    file.remove(place .. "/" .. name)
  end
  file.remove(place)
end

function on.drop(self, asked)
  remove(self.folder .. "/" .. parcel.check(asked.path))
  return {}
end

-- The answer comes when the trial has ended, or after a moment.
function on.start(self, asked)
  local log = ("%s/trials/%d/worker.log"):format(self.folder, asked.number)
  self.id, self.waits = self.by:start({ number = asked.number }, log), sys.now()
end

function on.wait(self, asked)
  self.waits = sys.now()
  if asked.stops and not self.stopped then
    self.stopped = true
    self.by:stop(asked.stops)
  end
end

-- A trial that has ended, or that has been waited for long enough.
local function look(self)
  if self.waits then
    local code = self.by:ended(self.id)
    if code or sys.now() - self.waits > HOLD then
      self.waits = nil
      return { code = code }
    end
  end
  if sys.interrupted() and self.by and not self.stopped then
    self.stopped = true
    self.by:stop()
  end
  return nil
end

local function answer(head, bytes)
  head.interrupted = sys.interrupted()
  ranks.send(0, crew.pack(head, bytes))
end

-- Does what rank 0 asks; false where that is to leave.
local function serve(self, text)
  local asked, bytes = crew.unpack(text)
  if asked.what == "leave" then
    return false
  end
  local ok, head, with = pcall(on[asked.what], self, asked, bytes)
  if not ok then
    answer { error = tostring(head) }
  elseif head then
    answer(head, with)
  end
  return true
end

-- Nothing is left behind on a disk that rank 0 does not see.
local function close(self)
  if self.by and not self.stopped then
    self.by:stop()
  end
  if self.scratch then
    remove(self.scratch)
  end
end

--- Works until rank 0 sends it home.
---@param out string folder in which the study is, or a copy of it is made
---@param launcher fun(folder: string): table who runs its trials (launch.lua)
return function(out, launcher)
  local _ <close> = host.hold()
  local self = setmetatable({ out = out, launcher = launcher }, Mt)
  while true do
    local from, text = ranks.take()
    local head = not from and look(self)
    if head then
      answer(head)
    elseif not from then
      sys.sleep(PAUSE)
    elseif not serve(self, text) then
      break
    end
  end
  close(self)
end
