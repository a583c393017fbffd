--- --set key.path=value, --seed and --epochs: changes of a recipe from the command line.
--
-- A path is keys joined by dots, places in lists counted from 1: optimizer.lr,
-- model.1.units. Inside a choice of constructors stands the constructor's name:
-- optimizer.sgd.lr; the choice itself is fixed by that name: optimizer=sgd, model.2=relu#2.
-- The text becomes what the key takes: a number, true or false, a
-- duration ("5 epochs"), a text, or for anything else an expression of the recipe language
-- ("optim.sgd{lr=0.1}"). Layer: recipe.

local errors = require "lrrun.util.errors"
local options = require "lrrun.util.options"
local other_words = require "lrrun.util.other_words"
local units = require "lrrun.util.units"

local overrides = {}

--- The list of changes from "key=value" texts. Each is { path, text }.
---@param texts string[]?
function overrides.parse(texts)
  local list = {}
  for i, item in ipairs(texts or {}) do
    local path, text = item:match "^%s*([^=%s]+)%s*=(.*)$"
    if not path then
      errors.raise("--set " .. item, "want key.path=value, as in --set optimizer.lr=0.01")
    end
    list[i] = { path = path, text = text }
  end
  return list
end

local function plain(text)
  if text == "true" or text == "false" then
    return text == "true"
  end
  return math.tointeger(tonumber(text)) or tonumber(text)
end

--- What option(name, default) gives: the text of --set name=text as a value of default's
--- type, else the default.
function overrides.option(list, name, default)
  if type(name) ~= "string" or name:find "[^%w_]" then
    errors.raise(nil, "option: want option(name, default), got %s", errors.show(name))
  end
  local value = default
  for _, item in ipairs(list or {}) do
    if item.path == name then
      value = plain(item.text)
      if type(default) == "string" or value == nil then
        value = item.text
      end
      if default ~= nil and type(value) ~= type(default) then
        errors.raise(nil, "option '%s': --set gave %s, want a %s", name, errors.show(value),
          type(default))
      end
    end
  end
  return value
end

local function has_type(rule, name)
  local types = type(rule[2]) == "table" and rule[2] or { rule[2] }
  for _, t in ipairs(types) do
    if t == name then
      return true
    end
  end
  return false
end

local function looks_like_expression(text)
  return text:find "^%s*[%a_][%w_.]*%s*[%({]" ~= nil or text:find "^%s*{" ~= nil
end

-- The text as what `rule` takes.
local function convert(rule, text, evaluate)
  if looks_like_expression(text) and evaluate then
    return evaluate(text)
  end
  local value = plain(text)
  if value ~= nil and not has_type(rule, "duration") then
    return value
  elseif has_type(rule, "duration") then
    return units.parse(text) or text
  end
  return text
end

local set_in

-- Names of a choice's items. A script that asks for no search loads none of it.
local function dimensions()
  return require "lrrun.search.dimensions"
end

-- Whether `value` is a choice of a search.
local function is_choice(value)
  local desc = options.descriptor(value)
  return desc and desc.dimension and value.opts.choices ~= nil
end

-- What stands in the place of `old`: of a choice of a search the one that has this name.
local function replaced(old, rule, text, evaluate)
  local place = is_choice(old) and dimensions().place(old, text)
  if place then
    return old.opts.choices[place]
  end
  return convert(rule, text, evaluate)
end

local function raise(item, fmt, ...)
  errors.raise("--set " .. item.path .. "=" .. item.text, fmt, ...)
end

local function set_in_list(list, parts, at, item, evaluate, rule)
  local i = math.tointeger(tonumber(parts[at]))
  if not i or list[i] == nil then
    raise(item, "there is no item %s of %d", parts[at], #list)
  end
  local copy = table.move(list, 1, #list, 1, {})
  if at == #parts then
    copy[i] = replaced(list[i], rule or { "", "any" }, item.text, evaluate)
  else
    copy[i] = set_in(list[i], parts, at + 1, item, evaluate)
  end
  return copy
end

-- Inside a choice of constructors: the one of that name changes.
local function set_in_choice(dim, parts, at, item, evaluate)
  local choices = table.move(dim.opts.choices, 1, #dim.opts.choices, 1, {})
  local names = dimensions().labels(dim)
  for i, choice in ipairs(choices) do
    if names[i] == parts[at] and options.is_value(choice) and at < #parts then
      choices[i] = set_in(choice, parts, at + 1, item, evaluate)
      return options.with(dim, { choices = choices })
    end
  end
  raise(item, "the choice has no '%s'%s; it has %s", parts[at], errors.hint(parts[at], names),
    table.concat(names, ", "))
end

local function key_names(desc)
  local names = {}
  for i, rule in ipairs(desc.keys) do
    names[i] = rule[1]
  end
  return names
end

local function rule_of(desc, key, item)
  local names = key_names(desc)
  if not desc.by_name[key] then
    raise(item, "%s has no key '%s'%s", desc.name, key, errors.after_hint(
      errors.hint(key, names), "it takes " .. table.concat(names, ", ")))
  end
  return desc.by_name[key]
end

local function set_in_value(value, desc, parts, at, item, evaluate)
  local key = parts[at]
  if desc.rest and math.tointeger(tonumber(key)) then
    local list = set_in_list(value.opts[desc.rest], parts, at, item, evaluate)
    return options.with(value, { [desc.rest] = list })
  end
  local rule = rule_of(desc, key, item)
  local child
  if at == #parts then
    child = replaced(value.opts[key], rule, item.text, evaluate)
  elseif value.opts[key] == nil then
    raise(item, "%s has no '%s' here to change inside", value.kind, key)
  else
    child = set_in(value.opts[key], parts, at + 1, item, evaluate)
  end
  return options.with(value, { [key] = child })
end

set_in = function(value, parts, at, item, evaluate)
  local desc = options.descriptor(value)
  if is_choice(value) then
    return set_in_choice(value, parts, at, item, evaluate)
  elseif desc and not desc.dimension then
    return set_in_value(value, desc, parts, at, item, evaluate)
  elseif type(value) == "table" and not desc and not units.is(value) then
    if #value > 0 then
      return set_in_list(value, parts, at, item, evaluate)
    end
    local copy = {}
    for key, child in pairs(value) do
      copy[key] = child
    end
    local key = parts[at]
    if at < #parts then
      if copy[key] == nil then
        raise(item, "there is no '%s' to change inside", key)
      end
      copy[key] = set_in(copy[key], parts, at + 1, item, evaluate)
    else
      copy[key] = convert({ key, "any" }, item.text, evaluate)
    end
    return copy
  end
  raise(item, "'%s' is %s: there is nothing inside it", table.concat(parts, ".", 1, at - 1),
    errors.show(value))
end

local function split(path)
  local parts = {}
  for part in path:gmatch "[^.]+" do
    parts[#parts + 1] = part
  end
  return parts
end

-- A sub-table of the recipe that it does not have (clip, checkpoint) begins with this key;
-- nil where it has it.
local function with_table(recipe, parts, item, evaluate)
  local key, inner = parts[1], parts[2]
  local rule = options.descriptor(recipe).by_name[key]
  if not rule or recipe.opts[key] ~= nil or not has_type(rule, "table") or #parts > 2 then
    return nil
  end
  local sub = options.registry[key]
  local value = convert(rule_of(sub, inner, item), item.text, evaluate)
  return options.with(recipe, { [key] = sub.new { [inner] = value } })
end

local function changed(recipe, item, evaluate)
  local parts = split(item.path)
  return #parts > 1 and with_table(recipe, parts, item, evaluate)
    or set_in(recipe, parts, 1, item, evaluate)
end

-- "; did you mean 'optimizer.lr'?" of a key that something in the recipe takes, by its name here or
-- one of elsewhere; else "".
local function hint_inside(recipe, name)
  for _, key in ipairs { name, other_words.keys[name] } do
    for _, rule in ipairs(options.descriptor(recipe).keys) do
      local desc = options.descriptor(recipe.opts[rule[1]])
      if desc and desc.by_name[key] then
        return ("; did you mean '%s.%s'?"):format(rule[1], key)
      end
    end
  end
  return ""
end

-- A single name is a key of the recipe or an option() that its script asks for.
local function check_name(recipe, item, script)
  local desc = options.descriptor(recipe)
  local names = key_names(desc)
  if item.path:find(".", 1, true) or desc.by_name[item.path] then
    return
  end
  local own = script:names()
  table.move(own, 1, #own, #names + 1, names)
  local hint = hint_inside(recipe, item.path)
  hint = hint ~= "" and hint or errors.hint(item.path, names)
  raise(item, "there is neither a key nor an option() '%s'%s", item.path, #own > 0
    and hint .. " (options are " .. table.concat(own, ", ") .. ")"
      or errors.after_hint(hint, "keys are " .. table.concat(names, ", ")))
end

-- Whose changes are no option() of a script.
local NO_SCRIPT = { asked = {}, change = function() end, names = function()
  return {}
end }

--- The recipe with all changes made that are no option() of it.
---@param recipe table
---@param list table[] of parse()
---@param evaluate fun(text: string): any expressions of the recipe language
---@param script table? of lrrun.recipe.script: the options that it asked for are no keys
function overrides.apply(recipe, list, evaluate, script)
  script = script or NO_SCRIPT
  for _, item in ipairs(list or {}) do
    if not script.asked[item.path] then
      script:change(item.path)
      check_name(recipe, item, script)
      if item.path == "steps" then
        recipe = overrides.length(recipe, "steps", "epochs", item.text)
      elseif item.path == "epochs" then
        recipe = overrides.length(recipe, "epochs", "steps", item.text)
      else
        local ok, result = errors.try(changed, recipe, item, evaluate)
        if not ok then
          local inside = result.where and not result.where:find "^%-%-set"
          raise(item, "%s", inside and tostring(result) or errors.message(result))
        end
        recipe = result
      end
    end
  end
  return recipe
end

--- The recipe with another length: `key` is given, `other` no longer.
function overrides.length(recipe, key, other, text)
  local n = math.tointeger(tonumber(text))
  if not n or n < 1 then
    errors.raise("--set " .. key .. "=" .. tostring(text), "want an integer of 1 or more")
  end
  return options.with(recipe, { [key] = n }, { other })
end

return overrides
