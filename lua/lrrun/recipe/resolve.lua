--- From what a recipe's script returned to what a run takes: overrides applied, search
--- dimensions filled in.
-- Layer: recipe.

local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local options = require "lrrun.util.options"
local overrides = require "lrrun.recipe.overrides"
local returned = require "lrrun.recipe.returned"
local transfer = require "lrrun.recipe.transfer"

local resolve = {}

-- An expression of the recipe language, as --set optimizer=optim.sgd{lr=0.1} has it.
---@param text string
function resolve.evaluate(text)
  local environment = require "lrrun.sandbox.environment"
  local env = environment.new { seed = 0, folder = current.request().recipe_dir or ".", args = {} }
  local chunk, why = load("return " .. text, "=--set", "t", env)
  if not chunk then
    error((why:gsub("^%-%-set:1: ", "")), 0)
  end
  local ok, result = pcall(chunk)
  if not ok then
    error((errors.message(result):gsub("^%-%-set:1: ", "")), 0)
  end
  return result
end

--- The recipe with the command line's changes: --set, --seed, --epochs. Its dimensions stay.
---@param value any what the script returned
---@return table recipe
function resolve.changed(value)
  local request = current.request()
  returned.check(value, request.recipe_path)
  local script = current.script()
  if script then
    script:take_recipe()
  end
  value = overrides.apply(options.renew(value), request.overrides, resolve.evaluate,
    script)
  if request.seed then
    value = options.with(value, { seed = request.seed })
  end
  if request.epochs then
    value = overrides.length(value, "epochs", "steps", request.epochs)
  end
  if request.portable then
    value = options.with(value, { repro = "portable" })
  end
  if request.precision then
    value = options.with(value, { precision = request.precision })
  end
  return value
end

--- The recipe changed, then each search dimension as the request has it or at its default.
---@param value any what the script returned
---@return table recipe
function resolve.filled(value)
  return require("lrrun.search.space").resolve(resolve.changed(value),
    current.request().choices or {})
end

--- The recipe as a run takes it: that, and with the network of its base where it has one.
---@param value any what the script returned
---@param number integer? which train.fit of the script that runs it is
---@return table recipe
function resolve.for_run(value, number)
  local choices = current.request().choices or {}
  return transfer.settle(resolve.filled(value), resolve.evaluate, function(network)
    return require("lrrun.search.space").resolve(network, choices, "model")
  end, number)
end

--- Runs a run folder's copy of its recipe once more, in its sandbox and silently, and
--- resolves what it returns. What its functions print later on, in training, is seen: who runs a
--- script again has seen what it printed, but not what its callbacks are about to say. settings:
--- as for sandbox.run.
---@param path string
---@param settings {seed: integer?, args: string[]?, folder: string?, text: string?}
function resolve.again(path, settings)
  local is_read = false
  local ok, value = pcall(require("lrrun.sandbox").run, path, {
    text = settings.text, trusted = current.request().trusted, seed = settings.seed,
    args = settings.args,
    folder = settings.folder, record = current.request().limits,
    print = function(line)
      if is_read then
        current.out():say(line)
      end
    end,
  })
  is_read = true
  local found = current.script().found
  if found then
    value = found
  elseif not ok then
    error(value, 0)
  end
  if not options.is_value(value, "recipe") then
    errors.raise(path, "returned %s this time, want the recipe that the run was made of",
      value == nil and "nothing" or errors.show(value))
  end
  return resolve.for_run(value)
end

return resolve
