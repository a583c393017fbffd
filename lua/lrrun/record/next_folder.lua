--- Run folders: `runs/<name>-<n>` with the next free number, never a clock.
--
-- Making a folder either succeeds or finds it taken, so that two runs that begin at once
-- get two folders. Layer: record.

local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"

local next_folder = {}

local PAGE = 4096 -- bytes that there has to be room for

--- A name for a file or folder from any text: letters, digits, dots, dashes, underscores.
---@param name string
---@return string
function next_folder.safe(name)
  local safe = name:gsub("[^%w%._-]+", "-"):gsub("^[%.-]+", ""):sub(1, 100)
  return safe == "" and "run" or safe
end

--- Makes `path` and the folders above it; gives those that were not there. Raises when it cannot.
---@param path string
---@return string[]
function next_folder.make(path)
  local made = {}
  for at in (path .. "/"):gmatch "()/+" do
    if at > 1 and file.mkdir(path:sub(1, at - 1)) then
      made[#made + 1] = path:sub(1, at - 1)
    end
  end
  return made
end

--- f(...); what keeps it from making a folder is told with the flag that names another place.
function next_folder.try(f, ...)
  local result = table.pack(errors.try(f, ...))
  if result[1] then
    return table.unpack(result, 2, result.n)
  end
  local err = result[2]
  local message = errors.is(err) and errors.message(err) or tostring(err)
  if message:find "^cannot make folder" then
    err = message .. "; --out DIR makes run folders elsewhere"
  end
  error(err, 0)
end

local function highest(parent, name)
  local n = 0
  for _, entry in ipairs(file.list(parent) or {}) do
    local number = entry:sub(1, #name + 1) == name .. "-" and entry:sub(#name + 2):match "^%d+$"
    if number and #number < 10 then
      n = math.max(n, math.tointeger(tonumber(number)))
    end
  end
  return n
end

local function make_next(parent, name)
  next_folder.make(parent)
  local n = highest(parent, name) + 1
  while not file.mkdir(("%s/%s-%d"):format(parent, name, n)) do
    n = n + 1
  end
  return assert(file.real(("%s/%s-%d"):format(parent, name, n)))
end

--- Makes the next run folder of `name` in `parent` (made where missing) and gives its
--- absolute path. Raises when it cannot.
---@param parent string
---@param name string
---@return string
function next_folder.next(parent, name)
  return next_folder.try(make_next, parent, next_folder.safe(name))
end

--- Raises where no file of a page could be written in a folder: to be asked before what takes
--- long.
---@param folder string
function next_folder.check(folder)
  local path = folder .. "/.room"
  local ok, why = pcall(file.write, path, (" "):rep(PAGE))
  file.remove(path)
  if not ok then
    error(why, 0)
  end
end

return next_folder
