--- Copies of run folders, for trials that go on with what another process, or another trial, has
--- trained. Layer: study.

local file = require "lrrun.native.file"
local next_folder = require "lrrun.record.next_folder"
local run_files = require "lrrun.record.run_files"
local stored = require "lrrun.record.stored"

local PIECE = 1 << 22 -- bytes

local function copy_file(from, to)
  local input <close> = assert(file.open(from))
  local output <close> = file.create(to)
  local at, size = 0, input:size()
  while at < size do
    local n = math.min(PIECE, size - at)
    output:write(assert(input:read(at, n)))
    at = at + n
  end
  output:commit()
end

--- Copies a run folder; left: set of names that are not copied. Raises where it cannot; links are
--- errors.
---@param from string
---@param to string
---@param left table<string, true>
return function(from, to, left)
  from = assert(file.real(from))
  next_folder.make(to)
  for _, path in ipairs(run_files(from, "", left)) do
    local below = path:match "^(.*)/"
    if below then
      next_folder.make(to .. "/" .. below)
    end
    copy_file(stored.path(from, path), to .. "/" .. path)
  end
end
