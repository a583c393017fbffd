--- One descriptor per constructor of the recipe language: it checks what a recipe gives,
--- makes help and editor types, and gives the value that the recipe then holds.
--
-- A value is { kind, opts, where, given }: kind is the constructor's name, opts every key
-- with defaults filled in, where "recipe.lua:3", given the keys that the recipe wrote.
-- Nothing is ignored: an unknown key, a wrong type, NaN, a value out of range or a missing
-- key raises an error that names the recipe's line, the constructor, the key and what it
-- takes. Layer: util.

local errors = require "lrrun.util.errors"
local other_words = require "lrrun.util.other_words"
local types = require "lrrun.util.types"
local values = require "lrrun.util.values"

local options = { registry = {} }

--- For tests: function(descriptor, opts, given) whose result stands for the opts of each
--- value that is made; it can count which keys are read. nil: nobody asks.
options.watcher = nil

--- function(descriptor, key) -> ", which data.csv takes" or "": who else takes an unknown key.
--- The language gives it.
function options.takers()
  return ""
end

local function names_of(desc)
  local names = {}
  for _, rule in ipairs(desc.keys) do
    names[#names + 1] = rule[1]
  end
  return names
end

local function takes(desc)
  local names = names_of(desc)
  return #names == 0 and "it takes no keys" or "it takes " .. table.concat(names, ", ")
end

-- The line to name for a key: that of the constructor, or what the descriptor finds.
---@param key string? nil: all of it
local function place(desc, where, key)
  return desc.locate and desc.locate(where, key) or where
end

-- The key of `desc` that is meant beyond doubt, or nil.
local function meant(desc, key, near)
  local other = other_words.keys[key]
  return desc.means and desc.means[key] or desc.by_name[other] and other
    or near and near:find(key, 1, true) == 1 and near or nil -- 'epoch' is rather 'epochs'
end

local function refuse_key(desc, where, key)
  local near = errors.nearest(key, names_of(desc))
  local means = meant(desc, key, near)
  local way = not means and other_words.ways[key]
  if way then
    errors.raise(place(desc, where, key), "%s: unknown key %s; %s%s", desc.name,
      errors.show(key), way:find "^leave" and "" or "here that is ", way)
  end
  local hint = (means or near) and ("; did you mean '%s'?"):format(means or near) or ""
  errors.raise(place(desc, where, key), "%s: unknown key %s%s%s", desc.name, errors.show(key),
    means and "" or options.takers(desc, key), errors.after_hint(hint, takes(desc)))
end

-- "; want lr = 0.003": the first key that takes a value given without a name.
local function name_for(desc, value)
  for _, rule in ipairs(type(value) ~= "table" and desc.keys or {}) do
    if types.check(rule, value) ~= nil then
      return ("; want %s = %s"):format(rule[1], errors.show(value))
    end
  end
  return ""
end

-- What is wrong with more arguments without a name than the constructor takes.
local function too_many(desc, given)
  local last, layer = given[#given], desc.name:find "^nn%."
  if layer and type(last) == "string" then
    return "; an activation is " .. other_words.ways.activation
  elseif layer and type(last) == "number" and type(given[1]) == "number" then
    return "; what goes in follows from the data" -- PyTorch's nn.Linear(64, 10)
  end
  return #desc.positional == 0 and name_for(desc, given[1]) or ""
end

-- The recipe's arguments as one table of named keys: positional ones get their names.
local function named(desc, where, given)
  local out = {}
  if desc.rest then
    out[desc.rest] = { table.unpack(given) }
    for key, value in pairs(given) do
      if math.type(key) ~= "integer" or key < 1 or key > #given then
        out[key] = value
      end
    end
    given = out
    out = {}
  end
  if #given > #desc.positional then
    errors.raise(place(desc, where), "%s: %d argument%s without a name, takes %s%s", desc.name,
      #given, #given == 1 and "" or "s", #desc.positional == 0 and "none"
        or "at most " .. #desc.positional .. " (" .. table.concat(desc.positional, ", ") .. ")",
      too_many(desc, given))
  end
  for key, value in pairs(given) do
    if math.type(key) == "integer" then
      local name = desc.positional[key]
      if not name then
        errors.raise(place(desc, where), "%s: unexpected item [%d]; %s", desc.name, key,
          takes(desc))
      elseif given[name] ~= nil then
        errors.raise(place(desc, where, name), "%s: '%s' is given twice, without and with its name",
          desc.name, name)
      end
      out[name] = value
    elseif not desc.by_name[key] then
      refuse_key(desc, where, key)
    else
      out[key] = value
    end
  end
  return out
end

-- nn.linear(64) and nn.linear{64} alike; a lone value (a constructor's result) is an
-- argument too, not a table of options.
local function as_table(desc, where, ...)
  local n = select("#", ...)
  local first = ...
  if n == 1 and type(first) == "table" and getmetatable(first) == nil
    and (first.kind == nil or desc.by_name.kind) then
    return first
  elseif n == 0 then
    return {}
  end
  local given = {}
  for i = 1, n do
    local value = select(i, ...)
    if i == n and n > 1 and type(value) == "table" and getmetatable(value) == nil then
      for key, item in pairs(value) do
        given[key] = item
      end
    else
      if value == nil then
        errors.raise(where, "%s: argument %d is nil (a misspelt variable?)", desc.name, i)
      end
      given[i] = value
    end
  end
  return given
end

local function check_all(desc, where, given)
  local opts = {}
  local function fail(key, fmt, ...)
    errors.raise(place(desc, where, key), "%s: '%s' %s", desc.name, key, fmt:format(...))
  end
  for _, rule in ipairs(desc.keys) do
    local key = rule[1]
    local value = given[key]
    if value == nil then
      value = rule.default
    end
    if value == nil and rule.required then
      errors.raise(place(desc, where, key), "%s: '%s' is missing: it takes %s", desc.name, key,
        types.describe(rule))
    elseif value ~= nil then
      local out, why = types.check(rule, value)
      if why then
        fail(key, "%s%s", why, rule.beside or "")
      end
      opts[key] = out
    end
  end
  if desc.check and not types.has_dimension(opts) then
    desc.check(opts, fail, given)
  end
  return opts
end

-- What a value may be made of: a network has no more nodes, and whoever walks through a value
-- calls itself for each level.
local MOST_PARTS, DEEPEST = 65536, 100

-- value -> { parts, depth }, itself counted; a value that stands in two places counts twice.
local extents = setmetatable({}, { __mode = "k" })

-- Adds the values in `item`, which may be a list of them (of lists), to extent.
local function extend(extent, item, level)
  local known = extents[item]
  if known then
    extent.parts = extent.parts + known.parts
    extent.depth = math.max(extent.depth, 1 + known.depth)
  elseif level < 3 and type(item) == "table" and getmetatable(item) == nil then
    for _, one in next, item do
      extend(extent, one, level + 1)
    end
  end
end

local function check_extent(desc, where, opts)
  local extent = { parts = 1, depth = 1 }
  for _, item in next, opts do
    extend(extent, item, 1)
  end
  if extent.parts > MOST_PARTS then
    errors.raise(where, "%s is made of %d parts, want at most %d", desc.name, extent.parts,
      MOST_PARTS)
  elseif extent.depth > DEEPEST then
    errors.raise(where, "%s has more than %d levels, one within another", desc.name, DEEPEST)
  end
  return extent
end

local function new_value(desc, where, named_keys)
  local given = {}
  for key in pairs(named_keys) do
    given[key] = true
  end
  local opts = check_all(desc, where, named_keys)
  local extent = check_extent(desc, where, opts)
  if options.watcher then
    opts = options.watcher(desc, opts, given)
  end
  local value = { kind = desc.name, where = where, given = given, opts = opts }
  extents[value] = extent
  return setmetatable(value, desc.metatable)
end

-- r.epochs = 3 would be heard by nobody: what a value is stands in its opts.
local function refuse_assignment(self, key, item)
  local desc = values.descriptor(self)
  if desc and desc.by_name[key] then
    errors.raise(nil, "%s: '%s' cannot be assigned, as a value stays what it was made; write it "
      .. "into %s { ... }", desc.name, key, desc.name)
  end
  rawset(self, key, item)
end

--- A constructor from its descriptor (rules of keys: types.lua). It is also entered in
--- `options.registry` under its name.
-- { name, doc, source, positional = names that may stand first without one, keys = rules,
-- rest = the list key that takes all arguments without a name,
-- check = function(opts, fail, given) for conditions across keys, locate = function(where,
-- key) that gives a better line for messages about a key, or nil, methods and meta = of the
-- values, dimension = true for search dimensions, opaque = true where resolve stops,
-- means = what its keys are called elsewhere -> their names here, unnamed = true where the
-- recipe writes a table without the constructor's name }
---@param desc table
---@return function
function options.constructor(desc)
  desc.positional = desc.positional or {}
  desc.by_name = {}
  for _, rule in ipairs(desc.keys) do
    desc.by_name[rule[1]] = rule
  end
  desc.metatable = { __name = desc.name }
  desc.metatable.__index = values.guarded(desc.methods or {}, desc.metatable, desc.name)
  desc.metatable.__newindex = refuse_assignment
  values.enter(desc.metatable, desc)
  for name, f in pairs(desc.meta or {}) do
    desc.metatable[name] = f
  end
  options.registry[desc.name] = desc
  desc.new = function(...)
    local where = errors.place(1)
    return new_value(desc, where, named(desc, where, as_table(desc, where, ...)))
  end
  return desc.new
end

--- The descriptor of a value made by a constructor, or nil.
options.descriptor = values.descriptor

--- True for a constructor's value whose kind starts with `prefix` (all kinds without).
function options.is_value(value, prefix)
  local desc = options.descriptor(value)
  return desc ~= nil and (prefix == nil or desc.name:sub(1, #prefix) == prefix)
end

--- A copy of `value` with keys replaced, others dropped (they have their defaults again),
--- and everything checked again.
---@param changes table<string, any>
---@param drop string[]?
function options.with(value, changes, drop)
  local desc = options.descriptor(value)
  local keys = {}
  for key in pairs(value.given) do
    keys[key] = value.opts[key]
  end
  for _, key in ipairs(drop or {}) do
    keys[key] = nil
  end
  for key, item in pairs(changes) do
    keys[key] = item
  end
  return new_value(desc, value.where, keys)
end

-- Layers and data sets are known by who they are: the same one twice is one.
local function keeps_identity(desc)
  return desc.name:find "^nn%." or desc.name:find "^data%."
end

local renew

-- A copy of what a recipe may still have in its hands.
local function renew_item(item, where, depth)
  if values.descriptor(item) then
    return renew(item, depth)
  elseif type(item) ~= "table" or getmetatable(item) ~= nil then
    return item
  elseif depth > DEEPEST then
    errors.raise(where, "a table is nested more than %d deep, or holds itself", DEEPEST)
  end
  local out = {}
  for key, part in next, item do
    out[key] = renew_item(part, where, depth + 1)
  end
  return out
end

renew = function(value, depth)
  local desc = values.descriptor(value)
  local opts, given = rawget(value, "opts"), rawget(value, "given")
  local where = type(value.where) == "string" and value.where or nil
  if keeps_identity(desc) then
    return value
  elseif type(opts) ~= "table" or type(given) ~= "table" then
    errors.raise(where, "%s: its parts were written to after it was made", desc.name)
  end
  local keys = {}
  for _, rule in ipairs(desc.keys) do
    if rawget(given, rule[1]) then
      keys[rule[1]] = renew_item(rawget(opts, rule[1]), where, depth + 1)
    end
  end
  return new_value(desc, where, keys)
end

--- The value anew, with everything checked again and what it holds copied: what a recipe does
--- with the tables in its hands from here on changes nothing. Layers and data sets stay the same.
---@param value table
function options.renew(value)
  if options.watcher then
    return value -- it counts what is read
  end
  return renew(value, 1)
end

local resolve_any

-- Items of a `rest` list are named by place alone: model.1.units, not model.layers.1.units.
local function resolve_table(t, choose, path, rest)
  local out, changed = {}, false
  for key, item in pairs(t) do
    local below = path and path .. "." .. tostring(key) or tostring(key)
    local new = resolve_any(item, choose, key == rest and path or below)
    out[key] = new
    changed = changed or new ~= item
  end
  return changed and setmetatable(out, getmetatable(t)) or t
end

resolve_any = function(item, choose, path)
  if type(item) ~= "table" then
    return item
  end
  local desc = options.descriptor(item)
  if desc and desc.name:sub(1, 7) == "search." and desc.dimension then
    return resolve_any(choose(item, path))
  elseif desc then
    if desc.opaque then
      return item
    end
    local opts = resolve_table(item.opts, choose, path, desc.rest)
    if opts == item.opts then
      return item
    end
    local keys = {}
    for key in pairs(item.given) do
      keys[key] = opts[key]
    end
    return new_value(desc, item.where, keys)
  end
  return resolve_table(item, choose, path)
end

--- `value` with every search dimension replaced by `choose(dimension, path)`, which
--- returns the replacement, the same `choose` and the path to go on with (for choices
--- inside choices). What changed is checked again.
function options.resolve(value, choose, path)
  return resolve_any(value, choose, path)
end

return options
