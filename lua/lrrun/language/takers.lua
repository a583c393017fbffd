--- Which constructors of the recipe language take a key: for messages about one that stands
-- where it is not taken. Loads the whole language. Layer: language.

local language = require "lrrun.language"
local options = require "lrrun.util.options"
local sorted = require "lrrun.util.sorted"

local takers = {}

-- A key that so many constructors of a module take is said to be all of theirs: "data.*".
local MANY = 4
-- Names in a message.
local NAMED = 3

-- What keys are called elsewhere.
local OTHER_WORDS = require("lrrun.util.other_words").keys

-- Where recipe { ... } holds a constructor of that module.
local PLACES = { data = "data", optim = "optimizer", nn = "loss", schedule = "schedule" }

-- The module of a descriptor that recipes can name ("" for recipe and its tables), or nil.
local function module_of(desc)
  local module, name = desc.name:match "^(%l+)%.([%w_]+)$"
  if module then
    local path = not desc.unnamed and language.modules[module]
    return path and rawget(require(path), name) and module or nil
  end
  local recipe = options.registry.recipe
  return (desc == recipe or recipe.by_name[desc.name]) and "" or nil
end

-- Module -> the names of its constructors that take the key, but for `other`, sorted.
local function by_module(key, other)
  language.load_all()
  local out = {}
  for name, desc in sorted.pairs(options.registry) do
    local module = desc ~= other and desc.by_name[key] and module_of(desc)
    if module then
      out[module] = out[module] or {}
      table.insert(out[module], name)
    end
  end
  return out
end

--- ", which data.* takes", or "" where nothing but `desc` takes the key. A word of elsewhere that
--- is a key nowhere here is told by that name.
---@param desc table the descriptor that does not
---@param key any
---@return string
function takers.text(desc, key)
  if type(key) ~= "string" then
    return ""
  end
  local names, own = {}, desc.name:match "^(%l+)%."
  local found, other = by_module(key, desc), nil
  if not next(found) and OTHER_WORDS[key] then
    other = OTHER_WORDS[key]
    found = by_module(other, desc)
  end
  for module, list in sorted.pairs(found) do
    if #list >= MANY and module ~= "" and module ~= own then
      list = { module .. ".*" }
    end
    table.move(list, 1, #list, #names + 1, names)
  end
  if #names == 0 then
    return ""
  end
  local more = #names > NAMED
  return (", which %s%s take%s%s"):format(table.concat(names, ", ", 1, math.min(NAMED, #names)),
    more and ", ..." or "", #names == 1 and "s" or "",
    other and (" as '%s'"):format(other) or "")
end

--- The path of a key for --set: "optimizer.lr"; nil where no recipe has one of that name.
---@param key string
---@return string?
function takers.path(key)
  local found = by_module(key)
  if not next(found) and OTHER_WORDS[key] then
    key = OTHER_WORDS[key]
    found = by_module(key)
  end
  for _, name in ipairs(found[""] or {}) do
    if name == "recipe" then
      return key
    end
  end
  for _, module in ipairs { "optim", "data", "nn", "schedule" } do
    for _, name in ipairs(found[module] or {}) do
      if module ~= "nn" or options.registry[name].methods.target then
        return PLACES[module] .. "." .. key
      end
    end
  end
  return found[""] and found[""][1] .. "." .. key or nil
end

return takers
