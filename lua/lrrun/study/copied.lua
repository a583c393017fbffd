--- Copies of run folders, for trials that go on with what another process, or another trial, has
--- trained. Layer: study.

local file = require "lrrun.native.file"
local next_folder = require "lrrun.record.next_folder"
local stored = require "lrrun.record.stored"

local DEEPEST = 16 -- folders of files that a recipe required
local PIECE = 1 << 22 -- bytes
local LAST = "run.yaml" -- without it there is no run

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

-- What is in folder `name` of the run ("" for all of it); links are errors.
local function copy(from, to, left, name, depth)
  local place, last = from .. "/" .. name, nil
  next_folder.make(to .. "/" .. name)
  for _, item in ipairs(file.list(place) or {}) do
    local below = name == "" and item or name .. "/" .. item
    local kind = not left[below] and file.kind(from .. "/" .. below)
    if kind and item == LAST then
      last = below
    elseif kind == "file" then
      copy_file(stored.path(from, below), to .. "/" .. below)
    elseif kind == "dir" and depth < DEEPEST then
      stored.path(from, below, "dir")
      copy(from, to, left, below, depth + 1)
    end
  end
  if last then
    copy_file(stored.path(from, last), to .. "/" .. last)
  end
end

--- Copies a run folder; left: set of names that are not copied. Raises where it cannot.
---@param from string
---@param to string
---@param left table<string, true>
return function(from, to, left)
  copy(assert(file.real(from)), to, left, "", 0)
end
