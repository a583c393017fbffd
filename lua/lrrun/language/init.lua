--- The recipe language: the modules and names that recipes see, and no others.
--
-- Each module is a table whose every name is public; what stands beside such a table in its
-- room is not in it. tests/spec/language/names_spec.lua lists the names. A module is loaded when
-- a recipe first asks for it. Layer: language.

local environment = require "lrrun.sandbox.environment"
local errors = require "lrrun.util.errors"
local explain = require "lrrun.util.explain"
local options = require "lrrun.util.options"
local other_words = require "lrrun.util.other_words"
local sorted = require "lrrun.util.sorted"
local types = require "lrrun.util.types"

local language = {}

--- Name in a recipe, also by require "nn" and so on -> module.
language.modules = {
  data = "lrrun.data", nn = "lrrun.nn", optim = "lrrun.optim", schedule = "lrrun.schedule",
  stop = "lrrun.stop", search = "lrrun.language.search", train = "lrrun.language.train",
  tensor = "lrrun.tensor",
}

--- Functions and values that stand as globals: module, and the field of it that they are.
language.globals = {
  recipe = { "lrrun.recipe", "new" }, option = { "lrrun.recipe", "option" },
  epochs = { "lrrun.util.units", "epochs" }, steps = { "lrrun.util.units", "steps" },
  layerwise = { "lrrun.rates", "layerwise" }, discriminative = { "lrrun.rates", "discriminative" },
  percent = { "lrrun.util.units", "percent" }, samples = { "lrrun.util.units", "samples" },
}

--- What help says of names that are no constructors, which have descriptors of their own.
language.docs = {
  ["nn.cat"] = "Outputs of a graph side by side: nn.cat { a, b }.",
  ["tensor.new"] = "An array of numbers: tensor.new(shape, values, dtype).",
  option = "A value that --set NAME=VALUE changes: option(NAME, DEFAULT).",
  epochs = "A duration: 5*epochs.", steps = "A duration: 200*steps, updates of the weights.",
  percent = "A duration: 10*percent of the run.", samples = "A duration: 50000*samples.",
}

--- The public names of a module, sorted.
---@param module string
---@return string[]
function language.names(module)
  return sorted.keys(require(language.modules[module]))
end

--- Loads every module, so that options.registry is complete (for help).
function language.load_all()
  for _, path in sorted.pairs(language.modules) do
    require(path)
  end
  for _, value in sorted.pairs(language.globals) do
    require(value[1])
  end
end

-- The name of a function of the language, where its module is loaded.
function explain.name_of(f)
  for module, path in pairs(language.modules) do
    local loaded = package.loaded[path]
    for name, item in pairs(type(loaded) == "table" and loaded or {}) do
      if item == f then
        return module .. "." .. name
      end
    end
  end
  return nil
end

function explain.usage_of(name)
  local methods = require "lrrun.language.methods"
  local method = methods.list[methods.find(name)]
  return method and method[1] or nil
end

function options.takers(desc, key)
  return require("lrrun.language.takers").text(desc, key)
end

function types.call_of(prefix, text)
  local path = language.modules[prefix:match "^(%l+)%.$"]
  if not path then
    return nil
  elseif rawget(require(path), text) then
    return prefix .. text .. "{}"
  end
  local here = other_words.names[text]
  if here and here:find(prefix, 1, true) == 1 then
    return here, true
  end
  local near = errors.nearest(text, language.names(prefix:sub(1, -2)))
  return near and prefix .. near .. "{}", true
end

environment.speak(language.modules, language.globals)

return language
