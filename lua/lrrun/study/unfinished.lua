--- The folder of a study that was asked for in the same words and has not come to its end: asked
-- again, it goes on. For studies whose folders are numbered (NAME-KIND-N). Layer: study.

local Journal = require "lrrun.study.journal"
local file = require "lrrun.native.file"
local next_folder = require "lrrun.record.next_folder"

local unfinished = {}

-- The identity of the study in a folder, nil where there is none that can be read.
local function identity_of(path)
  local ok, kept = pcall(Journal.read, path)
  local attrs = ok and kept.studies[1] and kept.studies[1].attrs.lrrun
  return type(attrs) == "table" and attrs.identity or nil
end

--- Finds it; from here on it may be written in again.
---@param out_dir string
---@param base string NAME-KIND
---@param result string the file that a study has at its end
---@param identity string
---@return string? path, absolute
function unfinished.find(out_dir, base, result, identity)
  local prefix = next_folder.safe(base) .. "-"
  for _, entry in ipairs(file.list(out_dir) or {}) do
    local path = out_dir .. "/" .. entry
    if entry:sub(1, #prefix) == prefix and entry:sub(#prefix + 1):find "^%d+$"
      and not file.kind(path .. "/" .. result) and identity_of(path) == identity then
      next_folder.make(path)
      return assert(file.real(path))
    end
  end
  return nil
end

return unfinished
