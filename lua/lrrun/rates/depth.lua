--- The layers of a network from the bottom up, as rates by depth see them. Layer: rates.
--
-- A step of depth is a layer with a matrix of weights (a kernel, an embedding), what one of
-- nn.residual or nn.concat holds, or a block of nn.transformer. What has no matrix (norms), and
-- embeddings of positions, goes with what is below it, at the bottom with what is above. The order
-- is that in which the network makes its parameters, which is that in which it applies them.

local errors = require "lrrun.util.errors"
local outer_names = require "lrrun.util.outer_names"
local pattern = require "lrrun.util.pattern"

local depth = {}

local WHOLE = { ["nn.residual"] = true, ["nn.concat"] = true }

-- Prefixes of names that are one step whatever is inside, and of all layers with their kinds.
local function prefixes_of(model)
  local whole, kinds = {}, {}
  for _, prefix in ipairs(model.builder.parts) do
    whole[prefix] = true
  end
  for _, row in ipairs(model.builder.rows) do
    kinds[row.name] = row.value.kind
    whole[row.name] = whole[row.name] or WHOLE[row.value.kind]
  end
  return whole, kinds
end

-- The step that a parameter is of: the outermost whole one, else its layer; and its layer's kind.
local function place_of(name, whole, kinds)
  local outer, layer
  for prefix in outer_names(name) do
    outer = whole[prefix] and prefix or outer
    layer = layer or kinds[prefix] and prefix
  end
  return outer or layer or "", kinds[layer]
end

local function counts(kind, shape)
  return #shape > 1 and kind ~= "nn.positions"
end

--- The steps of a network, each { name, parameters = names, is_step }.
local function layers_of(model)
  local whole, kinds = prefixes_of(model)
  local list, known = {}, {}
  for _, s in ipairs((model.graph:segments())) do
    local place, kind = place_of(s.name, whole, kinds)
    local unit = known[place]
    if not unit then
      unit = { name = place, parameters = {}, is_step = false }
      known[place] = unit
      list[#list + 1] = unit
    end
    unit.parameters[#unit.parameters + 1] = s.name
    unit.is_step = unit.is_step or counts(kind, s.shape)
  end
  return list
end

local function add(unit, other)
  table.move(other.parameters, 1, #other.parameters, #unit.parameters + 1, unit.parameters)
end

local function steps_of(model)
  local out, waiting = {}, nil
  for _, unit in ipairs(layers_of(model)) do
    local last = out[#out]
    if unit.is_step then
      out[#out + 1] = { name = unit.name, parameters = {} }
      add(out[#out], waiting or { parameters = {} })
      add(out[#out], unit)
      waiting = nil
    elseif last then
      add(last, unit)
    else
      waiting = waiting or { parameters = {} }
      add(waiting, unit)
    end
  end
  return out
end

-- The steps that a recipe gives as patterns, from the bottom up.
local function parts_of(value, model)
  local out = {}
  for i, match in ipairs(value.opts.parts) do
    out[i] = { name = match, parameters = {} }
  end
  for _, s in ipairs((model.graph:segments())) do
    local found
    for i, match in ipairs(value.opts.parts) do
      found = found or pattern.matches(s.name, match) and i
    end
    if not found then
      errors.raise(value.where, "%s: 'parts' has no pattern for the parameter '%s'", value.kind,
        s.name)
    end
    table.insert(out[found].parameters, s.name)
  end
  for i, unit in ipairs(out) do
    if #unit.parameters == 0 then
      errors.raise(value.where, "%s: 'parts' item %d, '%s', matches no parameter that is left",
        value.kind, i, unit.name)
    end
  end
  return out
end

--- The steps of a network from the bottom up, each { name, parameters = names }.
---@param value table of a rule: parts in the place of the network's layers
---@param model table
---@return { name: string, parameters: string[] }[]
function depth.units(value, model)
  local list = value.opts.parts and parts_of(value, model) or steps_of(model)
  if #list < 2 then
    errors.raise(value.where, "%s: the network has %d layer with weights, and rates by depth need "
      .. "two", value.kind, #list)
  end
  return list
end

depth.PARTS = { "parts", "list", of = "string",
  doc = "Lua patterns of parameter names from the bottom up, in the place of the network's layers" }

--- The check of a rule's options.
function depth.check(o, fail)
  for i, match in ipairs(o.parts or {}) do
    if not pcall(string.find, "", match) then
      fail("parts", "item %d is no Lua pattern: %s", i, errors.show(match))
    end
  end
end

--- Methods of a rule's values. factor(o, i, n): that of step i of n, from the bottom.
---@param factor fun(o: table, i: integer, n: integer): number
function depth.methods(factor)
  local methods = {}

  --- Steps from the bottom up, each { name, parameters, factor }.
  function methods.units(value, model)
    local list = depth.units(value, model)
    for i, unit in ipairs(list) do
      unit.factor = factor(value.opts, i, #list)
    end
    return list
  end

  --- Factors on the rates of parameters, as optim/factors.lua takes them.
  function methods.factors(value, model)
    local out = {}
    for _, unit in ipairs(value:units(model)) do
      for _, name in ipairs(unit.parameters) do
        out[name] = { lr = unit.factor }
      end
    end
    return out
  end

  return methods
end

return depth
