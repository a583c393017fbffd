--- Files of a study's folder as they go to a rank that does not see its disk, and back.
-- Layer: study.

local file = require "lrrun.native.file"
local next_folder = require "lrrun.record.next_folder"
local stored = require "lrrun.record.stored"

local parcel = {}

local PIECE = 1 << 22 -- bytes of a message

--- Raises where a path could lead out of the folder that it is meant for.
---@param path any
---@return string
function parcel.check(path)
  local fine = type(path) == "string" and path ~= "" and #path < 1024 and not path:find "%c"
  for name in fine and (path .. "/"):gmatch "([^/]*)/" or function() end do
    fine = fine and name ~= "" and name ~= "." and name ~= ".."
  end
  return fine and path or error("a rank sent a file with a name that is none", 0)
end

--- A piece of a file from byte `at` on, and the file's size.
---@return string bytes, integer size
function parcel.read(folder, path, at)
  local input <close> = assert(file.open(stored.path(folder, path) or folder .. "/" .. path))
  local size = input:size()
  return input:read(at, math.min(PIECE, size - at)), size
end

local Writer = {}
local Mt = { __index = Writer }

--- Writes files that come in pieces into `folder`.
---@param folder string
function parcel.writer(folder)
  return setmetatable({ folder = folder }, Mt)
end

--- The next piece; a file is there once it is whole.
---@param path string
---@param at integer
---@param size integer of the whole file
---@param bytes string
function Writer:put(path, at, size, bytes)
  local place = self.folder .. "/" .. parcel.check(path)
  if at == 0 then
    next_folder.make(place:match "^(.*)/")
    self.out = file.create(place)
  end
  self.out:write(bytes)
  if at + #bytes >= size then
    self.out:commit()
    self.out:close()
    self.out = nil
  end
end

return parcel
