--- What a command asks for: the recipe, its changes, and where things are. A value: nothing
--- assigns to it; a command that differs in a field is another request.
--
-- It goes into files (run.yaml, study.json, a frozen recipe's search.fixed) by `plain` and
-- comes back by `read`; what a kind of file calls a field stands in NAMES alone. What changes
-- while a script runs is no request: lrrun.recipe.script. Layer: recipe.

local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local overrides = require "lrrun.recipe.overrides"

local request = {}

--- Of the files that `plain` makes.
request.FORMAT = 1

-- Each field of a request; all but overrides may be missing.
local FIELDS = {
  overrides = "changes of the recipe: list of { path, text } (overrides.parse)",
  seed = "--seed: in the place of the recipe's",
  epochs = "--epochs: the run's length in the place of the recipe's",
  portable = "--portable: the same bits on any CPU",
  precision = "--precision: of matrix products, in the place of the recipe's",
  choices = "path of a search dimension -> what stands in its place",
  args = "words behind --, which the script gets",
  recipe_path = "the script's file as it was named",
  recipe_dir = "folder that its files are sought in",
  recipe_text = "what stands in it",
  sources = "name -> text of files that it requires, in the place of those on the disk",
  name = "of the run where the recipe has none",
  data_dir = "--data, a second folder where files are sought",
  closed = "folders that the record of a run names and that are not open (runs/own.lua)",
  out_dir = "--out: folder that run folders are made in",
  tokens_dir = "folder in which the tokens of long texts are kept (data/token_cache.lua)",
  scratch_dir = "folder on whose disk a file may lie until the end (data/picture_cache.lua)",
  plan_dir = "of a plan, in the place of these two: what is kept there is read, or it is said "
    .. "that it will be",
  threads = "--threads",
  trusted = "--sandbox=off: no sandbox",
  opens = "--allow-read, --allow-write: more folders that its data may be in",
  limits = "of the command line (lrrun.limits): name with _ -> number",
}

-- What files hold, under the field's own name where they give it no other; false: not in such a
-- file. run.yaml keeps the seed of the resolved recipe as `seed`, and sources as files beside it.
local WRITTEN = {
  "name", "recipe_path", "recipe_dir", "data_dir", "overrides", "epochs", "seed", "portable",
  "precision",
  "choices", "args", "sources", "limits",
}
local NAMES = {
  run = { recipe_path = "recipe", seed = "seed_flag", portable = false,
    precision = false, sources = false },
  study = { recipe_path = "recipe", choices = false, limits = false },
  fixed = { overrides = "set", choices = "params", name = false, args = false,
    recipe_path = false, recipe_dir = false, data_dir = false, sources = false,
    limits = false },
}

local Request = {}
local known = setmetatable({}, { __mode = "k" }) -- request -> its fields

local Mt = {
  __index = function(self, key)
    if FIELDS[key] then
      return known[self][key]
    end
    return Request[key] or errors.raise(nil, "a request has no %s", errors.show(key))
  end,
  __newindex = function(_, key)
    errors.raise(nil, "a request does not change: '%s' cannot be set", tostring(key))
  end,
  __name = "request",
}

--- A request with these fields.
---@param given table<string, any>
function request.new(given)
  local fields = { overrides = {} }
  for key, item in pairs(given) do
    if not FIELDS[key] then
      errors.raise(nil, "a request has no %s", errors.show(key))
    end
    fields[key] = item
  end
  local self = setmetatable({}, Mt)
  known[self] = fields
  return self
end

--- The same request but for `changes`; the fields in `drop` are missing in it.
---@param changes table<string, any>
---@param drop string[]?
function Request:with(changes, drop)
  local fields = {}
  for key, item in pairs(known[self]) do
    fields[key] = item
  end
  for _, key in ipairs(drop or {}) do
    fields[key] = nil
  end
  for key, item in pairs(changes) do
    fields[key] = item
  end
  return request.new(fields)
end

--- The same with a change more, as --set makes it.
---@param path string
---@param text string
function Request:with_change(path, text)
  local list = table.move(self.overrides, 1, #self.overrides, 1, {})
  list[#list + 1] = { path = path, text = text }
  return self:with { overrides = list }
end

--- That of a trial with this seed. It is a change as --set makes it, so that run folders and
--- frozen recipes say it alike.
---@param seed integer
function Request:with_seed(seed)
  return self:with({}, { "seed" }):with_change("seed", ("%d"):format(seed))
end

-- Runs and studies are used from other folders too.
local function absolute(path)
  return path and (file.real(path) or path)
end

local TO_FILE = {
  overrides = function(list)
    local texts = {}
    for i, item in ipairs(list) do
      texts[i] = item.path .. "=" .. item.text
    end
    return texts
  end,
  args = function(words)
    return words[1] and words or nil
  end,
  recipe_dir = absolute, data_dir = absolute,
}

-- An empty list and an empty map look alike in YAML.
local function non_empty(t)
  return type(t) == "table" and next(t) ~= nil and t or nil
end

local FROM_FILE = { overrides = overrides.parse, args = non_empty, choices = non_empty,
  limits = non_empty }

--- The request as the plain table that a file holds, with its format.
---@param kind "run"|"study"|"fixed"
---@return table
function Request:plain(kind)
  local out, names = { format = request.FORMAT }, NAMES[kind]
  for _, field in ipairs(WRITTEN) do
    local name, item = names[field], known[self][field]
    if name ~= false and item ~= nil then
      local change = TO_FILE[field]
      out[name or field] = change and change(item) or not change and item or nil
    end
  end
  return out
end

--- The names that `plain` may use for a kind of file.
---@param kind "run"|"study"|"fixed"
---@return string[]
function request.names(kind)
  local out = {}
  for _, field in ipairs(WRITTEN) do
    local name = NAMES[kind][field]
    out[#out + 1] = name ~= false and (name or field) or nil
  end
  return out
end

--- The request that such a table says; other keys of it are the file's own. What a file of
--- this kind does not hold is that of `base`.
---@param kind "run"|"study"|"fixed"
---@param t table
---@param base table a request
function request.read(kind, t, base)
  local fields, said = {}, {}
  for _, field in ipairs(WRITTEN) do
    local name = NAMES[kind][field]
    if name ~= false then
      said[#said + 1] = field
      local item, change = t[name or field] or nil, FROM_FILE[field]
      fields[field] = change and change(non_empty(item)) or not change and item or nil
    end
  end
  return base:with(fields, said)
end

return request
