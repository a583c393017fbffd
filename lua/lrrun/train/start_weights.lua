--- `init` of a recipe: weights of a safetensors file as the network's start, by name.
--
-- `map` says which names are others in the file: an exact name, or a Lua pattern of whole
-- names with %1 for what it captured ({ ["(%d+)%.linear%.(%a+)"] = "layers.%1.%2" }).
-- Running statistics are taken where the file has them. Layer: train.

local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local find = require "lrrun.data.find"
local safetensors = require "lrrun.record.safetensors"
local same_shape = require "lrrun.util.same_shape"
local sorted = require "lrrun.util.sorted"
local pattern = require "lrrun.util.pattern"
local weights = require "lrrun.record.weights"

local start_weights = {}

local SHOWN = 5

-- The name in the file of the network's `name`.
local function mapped(map, name)
  if map[name] ~= nil then
    return map[name]
  end
  for text, replacement in sorted.pairs(map) do
    local out, count = pattern.call(name.gsub, name, "^" .. text .. "$", replacement)
    if count > 0 then
      return out
    end
  end
  return name
end

local function check_map(value, map)
  for text, replacement in pairs(map) do
    if type(text) ~= "string" or type(replacement) ~= "string" then
      errors.raise(value.where, "init: map wants { ['name here'] = 'name in the file' }")
    elseif not pcall(string.gsub, "", text, replacement) then
      errors.raise(value.where, "init: map: %s or %s is no Lua pattern", errors.show(text),
        errors.show(replacement))
    end
  end
end

local function shape_text(shape)
  return "(" .. table.concat(shape, ", ") .. ")"
end

local function file_names(reader)
  local names = {}
  for i, entry in ipairs(reader.entries) do
    names[i] = entry.name
  end
  return names
end

local function some(list)
  local shown = table.concat(list, ", ", 1, math.min(#list, SHOWN))
  return #list > SHOWN and ("%s and %d more"):format(shown, #list - SHOWN) or shown
end

local function check_missing(value, path, reader, missing)
  if #missing == 0 or value.opts.partial then
    return
  end
  errors.raise(value.where, "init: %s has no %s%s; want partial = true to leave them as they "
    .. "start, or map = { ['name here'] = 'name in the file' } (it has %s)", path, some(missing),
    errors.hint(missing[1], file_names(reader)), some(file_names(reader)))
end

--- Fills a network from the file of `value` (init { file, map, partial }).
---@param value table
---@param graph userdata
---@param ctx { recipe_dir: string?, data_dir: string? }
function start_weights.load(value, graph, ctx)
  local path = find.need(value, ctx, value.opts.file)
  local map = value.opts.map or {}
  check_map(value, map)
  local ok, opened = pcall(safetensors.open, path)
  if not ok then
    errors.raise(value.where, "init: %s", opened)
  end
  local reader <close> = opened
  if reader.intact() == false then -- lrrun's own; others' files have no seal
    errors.raise(value.where, "init: %s: is damaged: its checksum differs", path)
  end
  local params, buffers = weights.tensors(graph)
  local missing, used, loaded = {}, {}, 0
  local function take(name, tensor, needed)
    local from = mapped(map, name)
    local entry = reader.by_name[from]
    if not entry then
      missing[#missing + 1] = needed and (from == name and name or ("%s (for %s)"):format(from,
        name)) or nil
      return
    elseif not same_shape(entry.shape, tensor:shape()) then
      errors.raise(value.where, "init: %s: tensor '%s' is %s, want %s%s", path, from,
        shape_text(entry.shape), shape_text(tensor:shape()),
        from ~= name and (" for '%s'"):format(name) or "")
    end
    local fits, why = errors.try(reader.load, from, tensor)
    if not fits then
      errors.raise(value.where, "init: %s", errors.message(why))
    end
    used[from], loaded = true, loaded + 1
  end
  for name, tensor in sorted.pairs(params) do
    take(name, tensor, true)
  end
  for name, tensor in sorted.pairs(buffers) do
    take(name, tensor, false)
  end
  check_missing(value, path, reader, missing)
  local unused = {}
  for _, name in ipairs(file_names(reader)) do
    unused[#unused + 1] = not used[name] and name or nil
  end
  current.out():note("init: %d tensors of %s%s%s", loaded, path,
    #missing > 0 and ("; left as they start: " .. some(missing)) or "",
    #unused > 0 and ("; not used: " .. some(unused)) or "")
end

return start_weights
