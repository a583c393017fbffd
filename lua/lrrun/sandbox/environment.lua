--- The globals of a recipe: Lua's basic functions (base.lua), the recipe language, and an
--- error with the nearest name for any other.
--
-- Layer: sandbox.

local base = require "lrrun.sandbox.base"
local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local other_words = require "lrrun.util.other_words"
local sorted = require "lrrun.util.sorted"

local environment = {}

-- The recipe language, as lrrun.language gives it.
local modules, values = {}, {}

--- Gives recipes their language. of_modules: name -> module whose every name they see;
--- of_values: global -> { module, field }.
---@param of_modules table<string, string>
---@param of_values table<string, string[]>
function environment.speak(of_modules, of_values)
  modules, values = of_modules, of_values
end

-- What recipes ask for and do not get, and what to say then.
local ABSENT = {
  io = true, os = true, debug = true, package = true, dofile = true, loadfile = true,
}

local LARGEST_SOURCE = 1024 * 1024

-- What is meant by a name that a module has not.
local function hint_of_member(key, names)
  local other = other_words.hint(key)
  local near = other == "" and errors.hint(key, names) or other
  return near ~= "" and near or other_words.loose_hint(key)
end

-- A view of a module that cannot be written to and knows its misspelt names.
local function read_only(name, module)
  local function names()
    local list = {}
    for key in sorted.pairs(module) do
      list[#list + 1] = tostring(key)
    end
    return list
  end
  return setmetatable({}, {
    __index = function(_, key)
      local value = module[key]
      if value == nil then
        errors.raise(nil, "%s has no %s%s", name, errors.show(key), hint_of_member(key, names()))
      end
      return value
    end,
    __newindex = function(_, key)
      errors.raise(nil, "%s.%s cannot be assigned: modules are read-only", name, tostring(key))
    end,
    __pairs = function()
      return sorted.pairs(module)
    end,
    __name = name,
  })
end

-- name -> view, each made when first asked for.
local views = {}

local function module_view(name)
  if not views[name] then
    views[name] = read_only(name, require(modules[name]))
  end
  return views[name]
end

--- The value of a name of the recipe language, or nil.
local function language(name)
  if modules[name] then
    return module_view(name)
  elseif values[name] then
    if name == "recipe" then
      -- `return recipe {...}` is a tail call: asking for the name is the last that has a line.
      errors.fallback = nil
      errors.fallback = errors.place()
    end
    return require(values[name][1])[values[name][2]]
  end
  return nil
end

local function all_names(globals)
  local names, seen = {}, {}
  for _, list in ipairs { globals, modules, values } do
    for name in sorted.pairs(list) do
      if not seen[name] then
        seen[name] = true
        names[#names + 1] = name
      end
    end
  end
  return names
end

-- A global, or what stands in a module of the language: nn.relu is meant by relu.
local function hint_of_name(name, globals)
  if other_words.hint(name) ~= "" then
    return other_words.hint(name)
  end
  local near = errors.nearest(name, all_names(globals))
  if type(name) == "string" and near ~= name .. "s" then -- one step is rather of steps
    for module in sorted.pairs(modules) do
      if rawget(require(modules[module]), name) ~= nil then
        return ("; did you mean '%s.%s'?"):format(module, name)
      end
    end
  end
  return near and ("; did you mean '%s'?"):format(near) or other_words.loose_hint(name)
end

local function read_text(path)
  local text, why = file.read(path, LARGEST_SOURCE)
  return text or error(why, 0)
end

local function load_text(path, env, text)
  text = text or read_text(path)
  if text:byte() == 27 then
    error(path .. ": is Lua's binary code; a recipe is a text", 0)
  end
  text = text:gsub("^\xef\xbb\xbf", ""):gsub("^#[^\n]*", "") -- editors write the first
  -- A file in a folder or with a name "lrrun:..." is none of our modules.
  local name = path:find "^lrrun:" and "@./" .. path or "@" .. path
  local chunk, message = base.compile(text, name, env)
  if not chunk then
    error(require("lrrun.util.syntax_hints")(message, text), 0)
  end
  return chunk
end
environment.load_text = load_text

-- The text of a file beside the recipe, or nil: a run that goes on takes it as it was when
-- the run began (sources of the request). What was read is noted, for the run's folder.
local function source_of(folder, name)
  local sources = current.request().sources
  local kept = sources and sources[name]
  local text = kept or file.kind(folder .. "/" .. name) == "file"
    and read_text(folder .. "/" .. name)
  if text then
    current.script():note_required(name, text)
  end
  return text or nil
end

-- require: the language's modules, and files beside the recipe, each run once.
local function make_require(env, folder)
  local loaded = {}
  return function(name)
    if type(name) ~= "string" then
      error("require takes a module's name", 2)
    end
    local found = language(name:match "^lrrun%.([%w_]+)$" or name)
    if found ~= nil then
      return found
    elseif loaded[name] ~= nil then
      return loaded[name]
    end
    local path = name:find "^[%w_][%w_-]*[%w_.-]*$" and not name:find("..", 1, true)
      and folder .. "/" .. name:gsub("%.", "/")
    for _, ending in ipairs { ".lua", "/init.lua" } do
      local text = path and source_of(folder, name:gsub("%.", "/") .. ending)
      if text then
        loaded[name] = true -- a file that requires itself in a circle sees true
        local value = load_text(path .. ending, env, text)(name)
        loaded[name] = value == nil and true or value
        return loaded[name]
      end
    end
    errors.raise(nil, "require: no module '%s' in the recipe language or beside the recipe%s",
      name, errors.hint(name, sorted.keys(modules)))
  end
end

--- The environment of a sandboxed recipe. options: seed, print (takes a line), folder (the
--- recipe's), args (words for `arg`).
---@param options {seed: integer, print: fun(line: string), folder: string, args: string[],
--- names: table<string, any>?} names: further globals
---@return table
function environment.new(options)
  local env = {}
  local globals = base.globals(env, options)
  globals.require = make_require(env, options.folder)
  globals.arg = options.args
  globals._G = env
  for name, value in pairs(options.names or {}) do
    globals[name] = value
  end
  return setmetatable(env, {
    __index = function(_, name)
      local value = globals[name]
      if value == nil then
        value = language(name)
      end
      if value == nil then
        if ABSENT[name] then
          errors.raise(nil, "'%s' is not there in a recipe (lrrun --trusted gives it back)", name)
        end
        errors.raise(nil, "unknown name %s%s", errors.show(name), hint_of_name(name, globals))
      end
      return value
    end,
    __pairs = function()
      local all = {}
      for name, value in next, env do
        all[name] = value
      end
      for name, value in next, globals do
        all[name] = all[name] == nil and value or all[name]
      end
      return sorted.pairs(all)
    end,
  })
end

--- The environment of a trusted script: all of Lua's libraries, and the recipe language
--- for names that are no globals yet.
function environment.trusted(options)
  local mt = getmetatable(_G) or {}
  mt.__index = function(_, name)
    return language(name)
  end
  setmetatable(_G, mt)
  _G.pcall, _G.xpcall, _G.coroutine.resume = errors.pcall, errors.xpcall, errors.resume
  _G.arg = options.args
  local folder = options.folder
  table.insert(package.searchers, 2, function(name)
    for _, ending in ipairs { ".lua", "/init.lua" } do
      local text = not name:find("..", 1, true) and not name:find("^lrrun%.")
        and source_of(folder, name:gsub("%.", "/") .. ending)
      if text then
        return load_text(folder .. "/" .. name:gsub("%.", "/") .. ending, _G, text)
      end
    end
    return nil
  end)
  package.path = ("%s/?.lua;%s/?/init.lua;%s"):format(folder, folder, package.path)
  for name in pairs(modules) do
    package.preload[name] = package.preload[name] or function()
      return language(name)
    end
  end
  return _G
end

return environment
