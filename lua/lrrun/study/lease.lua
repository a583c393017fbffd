--- Leases on work that processes of several hosts share by a folder.
--
-- A lease is a row of files NAME.lease.1, NAME.lease.2, ...: each can be made once (file.claim),
-- and the last one holds. Its first line says whose it is and for how long it is good; a line is
-- added as long as its owner lives. Who has not seen it grow for that long, by its own clock, makes
-- the next file; an owner that was only stopped finds that one, and gives up. Clocks of two hosts
-- are never compared, and nothing is locked: rules that hold on NFS, too. Layer: study.

local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local next_folder = require "lrrun.record.next_folder"
local sys = require "lrrun.native.sys"

local Leases = {}
local Mt = { __index = Leases }

local lease = {
  --- Seconds that one is good for, where nothing else is said.
  SECONDS = 30,
}

local BEATS = 5 -- lines that an owner adds in that time
local LOOKS = 4 -- times that one has to be looked at, at the least, before it is stale
local MOST = 1 << 20 -- bytes of a lease that are read

--- Leases in a folder.
---@param folder string
---@param seconds number that this process's are good for
---@param host string where it is, for people
function lease.new(folder, seconds, host)
  local line = ("lrrun %s %d %.14g %s\n"):format(next_folder.safe(host), sys.pid(), seconds,
    os.date "!%Y-%m-%dT%H:%M:%SZ")
  return setmetatable({ folder = folder, seconds = seconds, line = line, held = {}, newest = {},
    seen = {}, beaten = sys.now() }, Mt)
end

local function path_of(self, name, generation)
  return ("%s/%s.lease.%d"):format(self.folder, name, generation)
end

--- Looks which leases there are, and gives the names of all other files of the folder as a set.
---@return table<string, true>
function Leases:scan()
  local others = {}
  for _, entry in ipairs(file.list(self.folder) or {}) do
    local name, digits = entry:match "^(.+)%.lease%.(%d+)$"
    if not name then
      others[entry] = true
    elseif #digits < 10 then
      self.newest[name] = math.max(self.newest[name] or 0, math.tointeger(tonumber(digits)))
    end
  end
  return others
end

--- Makes the next lease of a name. Gives which it is, counted from 1, or nil where another process
--- was first.
---@param name string
---@return integer?
function Leases:take(name)
  local generation = (self.newest[name] or 0) + 1
  self.newest[name] = generation
  if not file.claim(path_of(self, name, generation), self.line) then
    return nil
  end
  self.held[name] = generation
  return generation
end

-- What an owner says of its lease.
local function said_by(input)
  local size = math.min(input:size(), MOST)
  local text = size > 0 and input:read(0, size) or ""
  local host, pid, seconds = text:match "^lrrun (%S+) (%d+) ([%d.]+) "
  local tries = text:match "\nreleased (%d+)\n"
  return { size = size, seconds = tonumber(seconds), tries = math.tointeger(tonumber(tries)),
    owner = host and ("process %s of %s"):format(pid, host) }
end

-- What is known of the last lease of a name. One that cannot be read is as good as ours would be.
local function look(self, name)
  local generation, now, seen = self.newest[name], sys.now(), self.seen[name]
  local input <close> = file.open(path_of(self, name, generation))
  local size = input and input:size() or -1
  if not seen or seen.generation ~= generation or seen.size ~= size then
    local grew = seen and seen.generation == generation
    seen = input and said_by(input) or { size = -1 }
    seen.generation, seen.quiet, seen.at, seen.grew = generation, 0, now, grew
    seen.seconds = seen.seconds or self.seconds
    self.seen[name] = seen
    return seen
  end
  -- a time in which this process was stopped itself counts as one look
  seen.quiet = seen.quiet + math.min(now - seen.at, seen.seconds / LOOKS)
  seen.at = now
  return seen
end

--- Whether a name is nobody's: it has no lease, or its owner gave it back or has gone.
---@param name string
---@return boolean
function Leases:is_free(name)
  if not self.newest[name] then
    return true
  elseif self.held[name] then
    return false
  end
  local seen = look(self, name)
  return seen.tries ~= nil or seen.quiet >= seen.seconds
end

--- Whether a lease is this process's, as the folder has it.
---@param name string
---@return boolean
function Leases:holds(name)
  local generation = self.held[name]
  return generation ~= nil and not file.kind(path_of(self, name, generation + 1))
end

--- Whether its owner was seen to live: a lease that is not ours has grown.
---@param name string
---@return boolean, string owner
function Leases:is_alive(name)
  local seen = self.seen[name]
  return seen ~= nil and seen.tries == nil and seen.grew == true, seen and seen.owner or "somebody"
end

--- How long a lease's owner is waited for.
---@param name string
---@return number
function Leases:patience(name)
  return self.newest[name] and look(self, name).seconds or 0
end

--- How often owners before said that they had tried, when they gave it back.
---@param name string
---@return integer
function Leases:tries(name)
  local sum = 0
  for generation = 1, (self.held[name] or 1) - 1 do
    local input <close> = file.open(path_of(self, name, generation))
    sum = sum + (input and said_by(input).tries or 0)
  end
  return sum
end

local function add_line(path, text)
  local ok, why = pcall(function()
    local log <close> = file.log(path)
    log:write(text)
  end)
  if not ok and errors.stopped(why) then
    error(why, 0)
  end
  return ok -- a disk that is full: others may take it for stale
end

--- Adds lines where it is time to. lost(name) hears of each lease that is ours no longer.
---@param lost fun(name: string)
function Leases:beat(lost)
  if sys.now() - self.beaten < self.seconds / BEATS then
    return
  end
  self.beaten = sys.now()
  for name, generation in pairs(self.held) do
    local path = path_of(self, name, generation)
    if not self:holds(name) or not file.kind(path) then
      self.held[name] = nil
      lost(name)
    else
      add_line(path, "\n")
    end
  end
end

--- Gives a lease back; tries: how often its owner has tried in vain.
---@param name string
---@param tries integer
function Leases:release(name, tries)
  local generation = self.held[name]
  if generation then
    self.held[name] = nil
    add_line(path_of(self, name, generation), ("released %d\n"):format(tries))
  end
end

--- Leaves a lease as it is: its work is done.
---@param name string
function Leases:leave(name)
  self.held[name] = nil
end

return lease
