--- From a recipe's file to its value: runs it, applies overrides, fills in dimensions.
-- Layer: recipe.

local context = require "lrrun.util.context"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local options = require "lrrun.util.options"
local overrides = require "lrrun.recipe.overrides"

local loader = {}

-- Largest recipe that is read; a recipe is a page or two.
local MOST = 1024 * 1024

--- Runs the recipe at `path` in the sandbox; returns what it returned, unresolved. Fills
--- in the context's recipe_dir, recipe_path, recipe_text and name.
---@param path string
---@param args string[]? words after `--`
function loader.run(path, args)
  local sandbox = require "lrrun.sandbox"
  sandbox.check_path(path)
  context.recipe_text = assert(file.read(path, MOST))
  context.recipe_path = path
  context.recipe_dir = path:match "^(.*)/[^/]*$" or "."
  context.name = (path:match "([^/]+)$"):gsub("%.lua$", "")
  errors.fallback = path
  return sandbox.run(path, {
    trusted = context.trusted, seed = context.seed or 0, args = args,
    print = context.print,
  })
end

-- An expression of the recipe language, as --set optimizer=optim.sgd{lr=0.1} has it.
local function evaluate(text)
  local environment = require "lrrun.sandbox.environment"
  local env = environment.new { seed = 0, folder = context.recipe_dir or ".", args = {} }
  local chunk, why = load("return " .. text, "=--set", "t", env)
  if not chunk then
    errors.raise(nil, "%s", why)
  end
  return chunk()
end

-- What stands for a dimension: what the search chose, else its default or middle.
local function choose(dim, path)
  return require("lrrun.search").choose(dim, path, context.choices and context.choices[path])
end

--- The recipe as a run takes it: --set, --seed, --epochs, then each search dimension as
--- context.choices has it or at its default.
---@param value any what the script returned
---@return table recipe
function loader.resolve(value)
  if not options.is_value(value, "recipe") then
    errors.raise(context.recipe_path, "the script returned %s, want recipe { ... }",
      value == nil and "nothing" or errors.show(value))
  end
  value = overrides.apply(value, context.overrides, evaluate)
  if context.seed then
    value = options.with(value, { seed = context.seed })
  end
  if context.epochs then
    value = overrides.length(value, "epochs", "steps", context.epochs)
  end
  if context.portable then
    value = options.with(value, { repro = "portable" })
  end
  return options.resolve(value, choose)
end

return loader
