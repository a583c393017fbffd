--- Which keys of the recipe language are given and which are read, while something runs.
--
-- A read counts where something acts on it: not in util/ (checks, overrides, descriptions)
-- and not where a recipe is written down (recipe/plain.lua).

local options = require "lrrun.util.options"

local reads = {}

local function acts(level)
  local source = debug.getinfo(level + 1, "S").source
  return source:find("^@lrrun:") ~= nil and not source:find("lrrun/util/", 1, true)
    and not source:find("recipe/plain", 1, true)
end

local function note(set, name, key)
  set[name] = set[name] or {}
  set[name][key] = true
end

--- Runs f and gives the keys given and the keys read: name of a constructor -> set.
---@param f function
---@return table<string, table<string, boolean>> given
---@return table<string, table<string, boolean>> read
function reads.of(f)
  local given_to, read_of = {}, {}
  options.watcher = function(desc, opts, given)
    for key in pairs(given) do
      note(given_to, desc.name, key)
    end
    return setmetatable({}, {
      __index = function(_, key)
        if opts[key] ~= nil and acts(2) then
          note(read_of, desc.name, key)
        end
        return opts[key]
      end,
      __newindex = opts,
      __pairs = function()
        return next, opts
      end,
    })
  end
  local ok, why = pcall(f)
  options.watcher = nil
  if not ok then
    error(why, 0)
  end
  return given_to, read_of
end

return reads
