--- What a study's workers need to know beside the trial: the recipe as it was when the study
--- began, and the command line's changes of it. Kept in the study's folder as recipe.lua and
--- study.json. Layer: study.

local context = require "lrrun.util.context"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local options = require "lrrun.util.options"
local overrides = require "lrrun.recipe.overrides"
local record = require "lrrun.runs.folder"
local sandbox = require "lrrun.sandbox"

local about = {}

local function texts()
  local list = json.array {}
  for i, item in ipairs(context.overrides) do
    list[i] = item.path .. "=" .. item.text
  end
  return list
end

local function absolute(path)
  return path and (file.real(path) or path)
end

--- What the command line says now, as it is kept; data_seed of plan.of.
function about.now(name, data_seed)
  local list = texts()
  list[#list + 1] = data_seed and ("data.seed=%d"):format(data_seed)
  return {
    format = 1, name = name, recipe = context.recipe_path,
    recipe_dir = absolute(context.recipe_dir or "."), data_dir = absolute(context.data_dir),
    overrides = list, epochs = context.epochs, seed = context.seed,
    portable = context.portable, sources = context.required,
    args = context.args and context.args[1] and context.args or nil,
  }
end

--- A text that tells this recipe with these changes from any other.
---@param now table of about.now
function about.identity(now)
  return record.sha256(json.encode {
    text = context.recipe_text, overrides = now.overrides, epochs = now.epochs, seed = now.seed,
    portable = now.portable, sources = now.sources, args = now.args,
  })
end

--- Writes both files unless they are there.
function about.write(folder, now)
  if file.kind(folder .. "/study.json") ~= "file" then
    file.write(folder .. "/recipe.lua", context.recipe_text)
    file.write(folder .. "/study.json", json.encode(now, { indent = true }) .. "\n")
  end
end

--- What study.json of a study's folder says, and folder. Raises where it is none.
function about.read(folder)
  local text, why = file.read(folder .. "/study.json")
  if not text then
    error(("%s is no study's folder: %s"):format(folder, why), 0)
  end
  local ok, kept = pcall(json.decode, text)
  if not ok or type(kept) ~= "table" or kept.format ~= 1 then
    error(("%s/study.json: %s"):format(folder, ok and "unknown format" or kept), 0)
  end
  kept.folder = file.real(folder)
  return kept
end

--- Puts the context as it was when the study began, for the trial with this seed.
---@param kept table of about.read
---@param seed integer?
function about.restore(kept, seed)
  local path = kept.folder .. "/recipe.lua"
  local list = table.move(kept.overrides, 1, #kept.overrides, 1, {})
  if seed then -- as an override, so that a run folder and a frozen recipe say it alike
    list[#list + 1] = ("seed=%d"):format(seed)
  end
  context.overrides, context.epochs, context.seed = overrides.parse(list), kept.epochs, nil
  context.portable, context.args = kept.portable, kept.args or {}
  context.recipe_path, context.recipe_dir = path, kept.recipe_dir
  context.recipe_text, context.sources = file.read(path), kept.sources
  context.data_dir = context.data_dir or kept.data_dir
  context.name = kept.name
  errors.fallback = path
end

--- Runs the study's recipe and gives its value; call it after restore.
---@param kept table
function about.recipe(kept)
  local value = sandbox.run(kept.folder .. "/recipe.lua", {
    trusted = context.trusted, args = context.args, folder = kept.recipe_dir,
    print = function() end,
  })
  if not options.is_value(value, "recipe") then
    errors.raise(nil, "the study's recipe returned %s this time", errors.show(value))
  end
  return value
end

return about
