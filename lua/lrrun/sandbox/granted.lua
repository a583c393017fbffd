--- What the rules of a locked process open, for who tells a file that the sandbox keeps closed from
--- one that its mode does. Layer: sandbox.

local file = require "lrrun.native.file"

local granted = {}

local function folder_of(path)
  return path:match "^(.+)/[^/]*$" or path:sub(1, 1) == "/" and "/" or "."
end

--- The nearest of a path and the folders above it that is there, and its absolute path.
---@param path string
---@return string near, string? real
function granted.nearest(path)
  while not file.kind(path) and path ~= "." and path ~= "/" do
    path = folder_of(path)
  end
  return path, file.real(path)
end

local function is_below(real, list)
  for _, path in ipairs(list or {}) do
    local open = file.real(path)
    if open and (open == "/" or real == open or real:sub(1, #open + 1) == open .. "/") then
      return true
    end
  end
  return false
end

-- Files are written beside their place, and then put there.
local function is_beside(real, files)
  for _, path in ipairs(files or {}) do
    if real == file.real(path) or real == file.real(folder_of(path)) then
      return true
    end
  end
  return false
end

--- Whether rules (sandbox.lock) open the path, which need not be there.
---@param rules table
---@param path string
---@param writes boolean
---@return boolean
function granted.opens(rules, path, writes)
  local _, real = granted.nearest(path)
  if not real then
    return false
  end
  return is_below(real, rules.folders) or is_below(real, rules.makes)
    or is_beside(real, rules.files)
    or not writes and (is_below(real, rules.read) or is_below(real, { rules.recipe }))
end

return granted
