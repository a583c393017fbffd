--- What a script returned that has to be a recipe: every verb says the same of all else.
-- Layer: recipe.

local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local options = require "lrrun.util.options"

local returned = {}

local WANT = "return recipe { ... }"

-- Whether there is nothing in a script but blanks and comments.
local function is_empty(text)
  return not text:gsub("^\xef\xbb\xbf", ""):gsub("%-%-%[(=*)%[.-%]%1%]", "")
    :gsub("%-%-[^\n]*", ""):find "%S"
end

-- Whether a table has a key that recipe { ... } takes.
local function has_keys(value)
  local _ = require "lrrun.recipe" -- which a script without a recipe has not asked for
  for key in next, value do
    if options.registry.recipe.by_name[key] then
      return true
    end
  end
  return false
end

-- What to do about a value that is returned in a recipe's place.
local function advice(value)
  if type(value) == "function" then
    return value == require("lrrun.recipe").new and "; " .. WANT .. " calls it"
      or "; a function is called: return make()"
  elseif type(value) ~= "table" or options.descriptor(value) then
    return ""
  elseif options.is_value(rawget(value, 1), "recipe") then
    return "; of a list of recipes train.fit(r) trains each"
  end
  return has_keys(value) and "; " .. WANT .. " makes a recipe of it" or ""
end

--- Raises where a script that returned nothing had a recipe to return: one that is made and
--- neither returned nor trained, or a file with nothing in it.
---@param path string the script's
function returned.check_nothing(path)
  local script = current.script()
  local forgotten = script and script:forgotten()
  if forgotten then
    errors.raise(forgotten, "the recipe that is made here is neither returned nor trained, so "
      .. "nothing came of it; want %s", WANT)
  elseif is_empty(current.request().recipe_text or "-") then
    errors.raise(path, "is empty: a recipe's file ends in %s (lrrun init writes one)", WANT)
  end
end

--- Raises where what a script returned is no recipe.
---@param value any
---@param path string the script's
function returned.check(value, path)
  if value == nil then
    returned.check_nothing(path)
    errors.raise(path, "the script returned nothing, want recipe { ... }")
  elseif not options.is_value(value, "recipe") then
    errors.raise(path, "the script returned %s, want recipe { ... }%s", errors.show(value),
      advice(value))
  end
end

return returned
