--- The files of a run folder, in an order in which they can be copied: run.yaml behind all beside
--- and below it, as without it there is no run. Layer: record.

local file = require "lrrun.native.file"
local stored = require "lrrun.record.stored"

local DEEPEST = 16 -- folders of files that a recipe required
local LAST = "run.yaml"

local function add(list, folder, below, left, depth)
  local prefix = below == "" and "" or below .. "/"
  local last
  for _, name in ipairs(file.list(folder .. "/" .. below) or {}) do
    local path = prefix .. name
    local kind = not left[path] and name:sub(1, 1) ~= "." and file.kind(folder .. "/" .. path)
    if kind == "dir" and depth < DEEPEST then
      stored.path(folder, path, "dir")
      add(list, folder, path, left, depth + 1)
    elseif kind == "file" and name == LAST then
      last = path
    elseif kind == "file" then
      list[#list + 1] = path
    end
  end
  list[#list + 1] = last
end

--- Paths of files from `folder` on, without those that are being written (".name"). Raises at a
--- folder that is a link.
---@param folder string
---@param below string a folder in it; "": itself
---@param left table<string, true>? paths that are not wanted, with what is in them
---@return string[]
return function(folder, below, left)
  local list = {}
  add(list, folder, below, left or {}, 0)
  return list
end
