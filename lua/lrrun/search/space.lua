--- The search space of a value: every dimension in it by name, and values put in place.
--
-- A dimension is named by its path (`optimizer.lr`, `model.1.units`), inside a choice by
-- the chosen one too (`optimizer.sgd.lr`). Dimensions stand in the order of their names,
-- so a choice comes before what hangs on it.
-- Layer: search.

local dimensions = require "lrrun.search.dimensions"
local errors = require "lrrun.util.errors"
local native = require "lrrun.native.search"
local options = require "lrrun.util.options"

local Space = {}
local Mt = { __index = Space }

local space = {}

local DEEPEST = 64

local NUMERIC = {
  ["search.uniform"] = { kind = "float" },
  ["search.loguniform"] = { kind = "float", log = true },
  ["search.int"] = { kind = "int" },
  ["search.logint"] = { kind = "int", log = true },
}

local walk

local function walk_table(found, t, path, up, desc)
  for key, item in pairs(t) do
    local below = path and path .. "." .. tostring(key) or tostring(key)
    local rest = desc and key == desc.rest
    walk(found, item, rest and path or below, up, desc and not rest and desc.by_name[key] or nil)
  end
end

-- up = { parent = name, when = place, depth } of the choice above, if any; rule: of the key that
-- item is the value of.
walk = function(found, item, path, up, rule)
  if type(item) ~= "table" then
    return
  end
  up = { parent = up.parent, when = up.when, depth = up.depth + 1 }
  if up.depth > DEEPEST then
    errors.raise(nil, "search: the space is nested more than %d deep at '%s'", DEEPEST, path)
  end
  local desc = options.descriptor(item)
  if desc and desc.dimension then
    local dim = { name = path, dim = item, parent = up.parent, when = up.when, rule = rule }
    found[#found + 1] = dim
    if item.kind == "search.choice" then
      dim.labels = dimensions.labels(item)
      for i, choice in ipairs(item.opts.choices) do
        walk(found, choice, path .. "." .. dim.labels[i],
          { parent = path, when = i, depth = up.depth })
      end
    end
  elseif desc then
    if not desc.opaque then
      walk_table(found, item.opts, path, up, desc)
    end
  else -- a table that is checked when its dimensions have values
    walk_table(found, item, path, up, rule and rule.kinds and options.registry[rule.kinds[1]])
  end
end

local function native_dim(d, place)
  local o = d.dim.opts
  local parent = d.parent and place[d.parent]
  if d.labels then
    return { kind = "choice", hi = #d.labels, parent = parent, when = d.when }
  end
  local form = NUMERIC[d.dim.kind]
  return {
    kind = form.kind, log = form.log, lo = o.lo, hi = o.hi, step = o.step, points = o.points,
    prior = o.prior, parent = parent, when = d.when,
  }
end

--- The space of all dimensions inside `root` (a recipe, a constructor's value, a table).
-- Its fields: dims = list of { name, dim, labels, parent, when, rule = of the key that it stands
-- for }, native = the native one,
-- nil where there is no dimension.
---@param root table
---@param path string? put before every name
function space.collect(root, path)
  local dims = {}
  walk(dims, root, path, { depth = 0 })
  table.sort(dims, function(a, b)
    return a.name < b.name
  end)
  local place, list = {}, {}
  for i, d in ipairs(dims) do
    if place[d.name] then
      errors.raise(d.dim.where, "search: two dimensions are called '%s'", d.name)
    end
    place[d.name] = i
    list[i] = native_dim(d, place)
  end
  return setmetatable({
    dims = dims,
    place = place,
    native = #list > 0 and native.space(list) or nil,
  }, Mt)
end

local function plain(value)
  local t = type(value)
  return t == "number" or t == "string" or t == "boolean"
end

--- The point of the native space as name -> value; a choice that is no plain value is
--- given by its label. Inactive dimensions are left out.
function Space:params(point)
  local params = {}
  for i, d in ipairs(self.dims) do
    local value = point[i]
    if value then
      if d.labels then
        local choice = d.dim.opts.choices[value]
        if plain(choice) then
          value = choice
        else
          value = d.labels[value]
        end
      end
      params[d.name] = value
    end
  end
  return params
end

--- The native point of params (name -> value), the other way round. Raises where one is
--- missing, unknown or out of range.
function Space:point(params)
  local point = {}
  for i, d in ipairs(self.dims) do
    local parent = d.parent and self.place[d.parent]
    local value = params[d.name]
    if parent and point[parent] ~= d.when then
      point[i] = false
    elseif value == nil then
      errors.raise(nil, "search: '%s' has no value", d.name)
    else
      point[i] = d.labels and dimensions.place(d.dim, value) or value
    end
    if d.labels and point[i] and math.type(point[i]) ~= "integer" then
      errors.raise(nil, "search: '%s' is %s, none of %s", d.name, errors.show(value),
        table.concat(d.labels, ", "))
    end
  end
  for name in pairs(params) do
    if not self.place[name] then
      errors.raise(nil, "search: no dimension is called '%s'", name)
    end
  end
  self.native:check(point)
  return point
end

--- `root` with every dimension replaced by its value in params, or by its middle where
--- params has none. Everything that changes is checked again.
---@param root table
---@param params table<string, any>
---@param path string? as given to collect
function space.resolve(root, params, path)
  local function choose(dim, name)
    local value = params[name]
    if dim.kind ~= "search.choice" then
      if value == nil then
        value = dimensions.middle(dim)
      end
      return value, choose, name
    end
    local choice, i = dimensions.middle(dim)
    if value ~= nil then
      i = dimensions.place(dim, value)
      if not i then
        errors.raise(dim.where, "search: '%s' is %s, none of %s", name, errors.show(value),
          table.concat(dimensions.labels(dim), ", "))
      end
      choice = dim.opts.choices[i]
    end
    return choice, choose, name .. "." .. dimensions.labels(dim)[i]
  end
  return options.resolve(root, choose, path)
end

return space
