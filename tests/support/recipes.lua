--- Recipes with a mistake in them, read and prepared as `lrrun plan` does, in this process.

local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local environment = require "lrrun.sandbox.environment"
local resolve = require "lrrun.recipe.resolve"
local overrides = require "lrrun.recipe.overrides"
local files = require "support.files"
local prepare = require "lrrun.train.prepare"
local request = require "lrrun.recipe.request"
local script = require "lrrun.recipe.script"

local recipes = {}

-- What a recipe has that has no mistake, a line for each.
local LINES = {
  data = "data.digits { batch = 64, val = 0.2, limit = 200 }",
  model = "nn.sequential { nn.linear(16), nn.relu(), nn.linear(10) }",
  optimizer = "optim.adam { lr = 1e-3 }",
  epochs = "2",
}
local ORDER = { "data", "model", "optimizer", "epochs" }

--- The text of a recipe with some keys changed (false: left out). data is on line 2, model
--- on 3, optimizer on 4, epochs on 5, all others from 6 on in the order of their names.
---@param changes table<string, string|false>
function recipes.text(changes)
  local out, others = { "return recipe {" }, {}
  for i, key in ipairs(ORDER) do
    local item = changes[key]
    out[i + 1] = item == false and "  --" or ("  %s = %s,"):format(key, item or LINES[key])
  end
  for key in pairs(changes) do
    if not LINES[key] then
      others[#others + 1] = key
    end
  end
  table.sort(others)
  for _, key in ipairs(others) do
    out[#out + 1] = ("  %s = %s,"):format(key, changes[key])
  end
  out[#out + 1] = "}"
  return table.concat(out, "\n") .. "\n"
end

-- Named as a module of lrrun, so that messages look past it for the recipe's line.
local GO = load([[
local environment, resolve, prepare, env, path, ctx = ...
return pcall(function()
  return prepare.run(resolve.for_run(environment.load_text(path, env)()), ctx)
end)
]], "@lrrun:tests")

--- Reads and prepares the recipe `folder/r.lua` of this text; nil when that went well, else
--- the message without the folder.
---@param folder string
---@param text string
---@param set string[]? --set
function recipes.message(folder, text, set)
  local path = files.write(folder, "r.lua", text)
  local asked = { recipe_path = path, recipe_dir = folder, recipe_text = text, name = "r" }
  -- A stack of its own: the frames of the tests are no recipe's.
  local thread = coroutine.create(function()
    asked.overrides = overrides.parse(set)
    local env = environment.new { seed = 0, folder = folder, args = {}, print = function() end }
    local ctx = { recipe_dir = folder, data_dir = "" }
    return current.with({ request = request.new(asked), script = script.new() }, function()
      errors.fallback = path
      return GO(environment, resolve, prepare, env, path, ctx)
    end)
  end)
  local resumed, ok, message = coroutine.resume(thread)
  if resumed and ok then
    return nil
  end
  message = tostring(resumed and message or ok)
  return (message:gsub(folder:gsub("%p", "%%%0") .. "/", ""))
end

return recipes
