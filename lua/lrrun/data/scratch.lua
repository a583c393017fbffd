--- The disk on which files without a name may lie until the process ends: pictures once they are
--- decoded (data/picture_cache.lua), copies of tables (data/table_file.lua). Layer: data.

local current = require "lrrun.util.current"
local file = require "lrrun.native.file"

local scratch = {}

--- A folder on it, as the native modules want it: that of the runs or, where it is not made yet,
--- the nearest above it. nil where the command makes no runs.
---@return string?
function scratch.folder()
  local path = current.request().scratch_dir
  while path and file.kind(path) ~= "dir" do
    path = path:match "^(.*[^/])/+[^/]+/*$" or (path:sub(1, 1) == "/" and "/" or ".")
  end
  return path
end

return scratch
