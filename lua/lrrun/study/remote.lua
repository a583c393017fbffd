--- Who runs trials: the ranks that mpirun started, one trial each (launch.lua says what such a one
--- has to have). The others train first, rank 0's own machine last, as rank 0 proposes, too.
--
-- A rank that sees the study's folder trains in it. To one that does not the trial's files are
-- sent, and what came of it is sent back (parcel.lua). Layer: study.

local crew = require "lrrun.study.crew"
local file = require "lrrun.native.file"
local parcel = require "lrrun.study.parcel"
local ranks = require "lrrun.util.ranks"
local run_files = require "lrrun.record.run_files"
local sys = require "lrrun.native.sys"
local trial = require "lrrun.study.trial"

local Remote = {}
local Mt = { __index = Remote }

local remote = {}

local MARK = "ranks.mark"

-- What a worker reads of the study beside its trial.
local ABOUT = { "study.json", "recipe.lua", "study.mark" }

local function send_file(self, r, path)
  local at = 0
  repeat
    local bytes, size = parcel.read(self.folder, path, at)
    crew.call(r, { what = "put", path = path, at = at, size = size }, bytes)
    at = at + #bytes
  until at >= size
end

-- Which ranks see the study's folder: those that find there what was just written.
local function meet(self)
  local text = ("%d %.9f"):format(sys.pid(), sys.now())
  file.write(self.folder .. "/" .. MARK, text)
  for r = 1, ranks.apart() - 1 do
    crew.ask(r, { what = "begin", name = self.folder:match "[^/]+$", mark = MARK, text = text })
  end
  for r = 1, ranks.apart() - 1 do
    local head
    repeat
      sys.sleep(0.001)
      crew.look()
      head = crew.answer(r)
    until head
    self.hands[r] = { is_idle = true, sees = head.sees }
  end
  file.remove(self.folder .. "/" .. MARK)
  for r, hand in ipairs(self.hands) do
    for _, name in ipairs(hand.sees and {} or ABOUT) do
      if file.kind(self.folder .. "/" .. name) then
        send_file(self, r, name)
      end
    end
  end
end

--- here: who runs trials on rank 0's machine; at most `jobs` trials at a time in all.
---@param here table
---@param folder string of the study
---@param jobs integer
function remote.new(here, folder, jobs)
  local self = setmetatable({ here = here, folder = folder, most = jobs, hands = {} }, Mt)
  meet(self)
  return self
end

local function idle(self)
  for r, hand in ipairs(self.hands) do
    if hand.is_idle then
      return r, hand
    end
  end
end

function Remote:start(work, log)
  local r, hand = idle(self)
  if not r then
    return self.here:start(work, log)
  end
  for _, number in ipairs(hand.sees and {} or { work.from or work.number, work.number }) do
    for _, path in ipairs(run_files(self.folder, ("trials/%d"):format(number))) do
      send_file(self, r, path)
    end
  end
  hand.is_idle, hand.work = false, work
  crew.ask(r, { what = "start", number = work.number })
  return "rank " .. r
end

-- A trial that goes on, or that others go on with, needs its checkpoints.
local function needs(work, code, path)
  return code ~= 0 or work.share or work.ends or not path:find "/checkpoints/"
end

-- What came of a trial on another disk.
local function fetch(self, r, work, code)
  local below = ("trials/%d"):format(work.number)
  local writer = parcel.writer(self.folder)
  trial.clear(self.folder .. "/" .. below)
  for _, path in ipairs(crew.call(r, { what = "names", path = below }).names) do
    local at, size = 0, 0
    while needs(work, code, path) and at <= size and not (at == size and at > 0) do
      local head, bytes = crew.call(r, { what = "get", path = path, at = at })
      size = head.size
      writer:put(path, at, size, bytes)
      at = at + #bytes
      if size == 0 then
        break
      end
    end
  end
  for _, number in ipairs { work.from or work.number, work.number } do
    crew.call(r, { what = "drop", path = ("trials/%d"):format(number) })
  end
end

function Remote:ended(id)
  if type(id) ~= "string" then
    return self.here:ended(id)
  end
  crew.look()
  local r = math.tointeger(tonumber(id:match "%d+"))
  local hand, head = self.hands[r], crew.answer(r)
  if not head then
    return nil
  elseif not head.code then
    crew.ask(r, { what = "wait", stops = self.stops })
    return nil
  end
  if not hand.sees then
    fetch(self, r, hand.work, head.code)
  end
  hand.is_idle = true
  return head.code
end

function Remote:stop()
  self.stops = sys.interrupted() or "SIGINT"
  self.here:stop()
end

return remote
