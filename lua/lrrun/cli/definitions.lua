--- `lrrun help types`: the recipe language as a file of definitions for the Lua language
--- server (LuaCATS annotations), made from the descriptors that check recipes.
--
-- Source: https://luals.github.io/wiki/annotations. Layer: cli.

local fixed = require "lrrun.cli.definitions_text"
local language = require "lrrun.language"
local metrics = require "lrrun.metrics"
local options = require "lrrun.util.options"
local sorted = require "lrrun.util.sorted"
local types = require "lrrun.util.types"

local RESERVED = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or
  repeat return then true until while]]):gmatch "%a+" do
  RESERVED[word] = true
end

local CLASSES = {
  data = "lrrun.data", optim = "lrrun.optimizer", schedule = "lrrun.schedule",
  stop = "lrrun.stop", search = "lrrun.strategy", recipe = "lrrun.recipe",
}

-- The class of what a constructor gives.
local function class_of(desc)
  local methods = desc.methods or {}
  if desc.dimension then
    return "lrrun.dimension"
  elseif methods.weights then
    return "lrrun.init"
  end
  return CLASSES[desc.name:match "^%w+"] or methods.target and "lrrun.loss"
    or methods.add and "lrrun.layer" or "lrrun.input"
end

local function keys_of(name)
  return "lrrun." .. name .. ".keys"
end

local function class_of_kind(rule, kind)
  if kind == "nn." then
    return rule[1] == "loss" and "lrrun.loss" or "lrrun.layer"
  elseif kind:sub(-1) == "." then
    return CLASSES[kind:sub(1, -2)]
  elseif not kind:find(".", 1, true) and kind ~= "recipe" then
    return keys_of(kind)
  end
  return class_of(options.registry[kind])
end

local function choices_text(rule)
  local parts = {}
  for i, choice in ipairs(rule.choices or { "string" }) do
    parts[i] = rule.choices and ("%q"):format(choice) or choice
  end
  return table.concat(parts, "|")
end

-- Adds the types of one name to `set`, in order and once.
local function add_type(set, text)
  for part in text:gmatch "[^|]+" do
    if not set[part] then
      set[part] = true
      set[#set + 1] = part
    end
  end
end

local PLAIN = {
  duration = "lrrun.duration|number|string", seconds = "number|string", value = "lrrun.strategy",
}

local function one_type(desc, rule, name)
  if name == "string" then
    return choices_text(rule)
  elseif name == "value" and rule.kinds then
    local set = {}
    for _, kind in ipairs(rule.kinds) do
      add_type(set, class_of_kind(rule, kind))
    end
    return table.concat(set, "|")
  elseif name == "list" then
    local item = one_type(desc, rule, rule.of or "any")
      .. (rule.schedule and "|lrrun.schedule" or "")
    return item:find "|" and "(" .. item .. ")[]" or item .. "[]"
  elseif name == "table" and options.registry[desc.name .. "." .. rule[1]] then
    return keys_of(desc.name .. "." .. rule[1])
  elseif name == "table" and rule.kinds then
    return keys_of(rule.kinds[1])
  end
  return PLAIN[name] or name
end

-- The type of a key as the language server writes it.
local function type_of(desc, rule)
  local set = {}
  for _, name in ipairs(type(rule[2]) == "table" and rule[2] or { rule[2] }) do
    local text = one_type(desc, rule, name)
    if text:find "^%(" then
      set[#set + 1] = text
    else
      add_type(set, text)
    end
  end
  if rule.schedule then
    add_type(set, "lrrun.schedule")
  end
  if rule[2] ~= "any" and rule[2] ~= "function" and not desc.dimension then
    add_type(set, "lrrun.dimension")
  end
  return table.concat(set, "|")
end

local function is_positional(desc, key)
  for _, name in ipairs(desc.positional) do
    if name == key then
      return true
    end
  end
  return key == desc.rest
end

local function doc_of(rule)
  local text = ("%s; %s"):format(types.describe(rule), types.default_text(rule))
  return ((rule.doc and rule.doc .. "; " or "") .. text):gsub("%s+", " ")
end

local function add(out, fmt, ...)
  out[#out + 1] = fmt:format(...)
end

-- The type of an item that stands without a name in a list of them.
local function item_of(desc)
  local rule = desc.by_name[desc.rest]
  local item = one_type(desc, rule, rule.of or "any")
  return item == "any" and item or item .. "|lrrun.dimension"
end

-- A class with every key of a constructor; what may stand without a name is there twice.
local function add_keys(out, name, desc)
  add(out, "---@class %s", keys_of(name))
  for i, key in ipairs(desc.positional) do
    add(out, "---@field [%d]? %s %s", i, type_of(desc, desc.by_name[key]), key)
  end
  if desc.rest then
    add(out, "---@field [integer] %s", item_of(desc))
  end
  for _, rule in ipairs(desc.keys) do
    local key = rule[1]
    local must = rule.required and not is_positional(desc, key)
    add(out, "---@field %s%s %s %s", key, must and "" or "?", type_of(desc, rule), doc_of(rule))
  end
  add(out, "")
end

local function add_function(out, name, desc)
  local params = {}
  add(out, "--- %s", ((desc.doc or ""):gsub("%s+", " ")))
  if desc.source then
    out[#out + 1] = "---"
    add(out, "--- Source: %s", (desc.source:gsub("%s+", " ")))
  end
  if #desc.positional > 0 then
    add(out, "---@overload fun(keys: %s): %s", keys_of(name), class_of(desc))
  elseif desc.rest then
    add(out, "---@overload fun(...: %s): %s", item_of(desc), class_of(desc))
  end
  for i, key in ipairs(desc.positional) do
    params[i] = RESERVED[key] and key .. "_" or key
    add(out, "---@param %s? %s", params[i], type_of(desc, desc.by_name[key]))
  end
  params[#params + 1] = "keys"
  add(out, "---@param keys%s %s", name == "recipe" and "" or "?", keys_of(name))
  add(out, "---@return %s", class_of(desc))
  add(out, "function %s(%s) end\n", name, table.concat(params, ", "))
end

-- Whether `name` is the constructor itself, and not a function that takes its keys.
local function is_constructor(name, desc)
  local module, field = name:match "^(%w+)%.([%w_]+)$"
  local path = language.modules[module]
  return name == "recipe" or path ~= nil and rawget(require(path), field) == desc.new
end

-- A metric that needs nothing of the loss is there in every run; validations are not.
local function is_sure(entry)
  return entry.split ~= "val" and not entry.metric.needs and not entry.metric.collects
end

-- The class of what a run's best and last epoch came to.
local function figures()
  local out = { "---@class lrrun.figures", "---@field epoch? number" }
  for _, entry in ipairs(metrics.shown) do
    add(out, "---@field %s%s number %s", entry.name, is_sure(entry) and "" or "?",
      entry.metric.doc)
  end
  return table.concat(out, "\n") .. "\n\n"
end

-- The type of what train.evaluate gives.
local function evaluated()
  local out = { "split: string, n: integer" }
  for _, entry in ipairs(metrics.train) do
    add(out, "%s: number%s", entry.metric.name, is_sure(entry) and "" or "?")
  end
  return "{ " .. table.concat(out, ", ") .. " }"
end

--- The file's text.
---@return string
return function()
  language.load_all()
  local out = { fixed.HEAD, figures() .. fixed.RESULT }
  for name in sorted.pairs(language.modules) do
    if name ~= "tensor" then
      add(out, "%s = {}", name)
    end
  end
  add(out, "")
  for name, desc in sorted.pairs(options.registry) do
    add_keys(out, name, desc)
    if is_constructor(name, desc) then
      add_function(out, name, desc)
    end
  end
  out[#out + 1] = fixed.TAIL:format(evaluated())
  return table.concat(out, "\n")
end
