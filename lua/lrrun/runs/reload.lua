--- From a run folder back to what it was made of: the recipe as it was resolved, its data,
--- its network with the trained weights.
--
-- The recipe's own copy is run again, with the overrides, the seed and the choices of the
-- run, and its files are found where they were then; --data DIR names another place.
-- Layer: runs.

local compare = require "lrrun.record.compare"
local context = require "lrrun.util.context"
local describe = require "lrrun.recipe.plain"
local errors = require "lrrun.util.errors"
local extension = require "lrrun.runs.extension"
local file = require "lrrun.native.file"
local is_kept = require "lrrun.data.is_kept"
local load_recipe = require "lrrun.recipe.resolve"
local overrides = require "lrrun.recipe.overrides"
local prepare = require "lrrun.train.prepare"
local range = require "lrrun.range"
local record = require "lrrun.runs.folder"
local weights = require "lrrun.record.weights"
local yaml = require "lrrun.record.yaml"

local reload = {}

local FIELDS = {
  "overrides", "seed", "epochs", "data_dir", "recipe_dir", "recipe_path", "recipe_text", "name",
  "choices", "portable", "args", "sources", "required", "script", "capture",
}

local function non_empty(t)
  return type(t) == "table" and next(t) ~= nil and t or nil
end

--- What the run was told, from its run.yaml. Raises where `path` is no run folder.
---@param path string
---@return table settings as run.yaml has them, and folder, the absolute path
function reload.settings(path)
  local kind = file.kind(path)
  if kind ~= "dir" then
    error(("%s: %s; want a run folder, such as runs/quickstart-1"):format(path,
      kind and "is a file" or "there is no such folder"), 0)
  end
  local settings = record.settings(path)
  if settings.format ~= 1 then
    error(("%s/run.yaml: format %s is not known here (1 is)"):format(path,
      errors.show(settings.format)), 0)
  end
  settings.folder = assert(file.real(path))
  return settings
end

-- The context of the command line as the run had it, while f runs.
local function as_then(settings, f)
  local before, fallback = {}, errors.fallback
  for _, key in ipairs(FIELDS) do
    before[key] = context[key]
    context[key] = nil
  end
  local path = settings.folder .. "/recipe.lua"
  context.overrides = overrides.parse(non_empty(settings.overrides))
  context.seed, context.epochs = settings.seed, settings.epochs
  context.choices, context.args = non_empty(settings.choices), non_empty(settings.args)
  context.recipe_path, context.recipe_dir = path, settings.recipe_dir
  context.data_dir = before.data_dir or settings.data_dir
  context.name = settings.name
  context.capture = settings.fit and { left = settings.fit }
  context.portable = type(settings.settings) == "table" and settings.settings.repro == "portable"
  context.recipe_text, context.sources = file.read(path), record.sources(settings)
  local result = table.pack(pcall(f, path))
  for _, key in ipairs(FIELDS) do
    context[key] = before[key]
  end
  errors.fallback = fallback
  if not result[1] then
    error(result[2], 0)
  end
  return table.unpack(result, 2, result.n)
end

-- A script's recipe may hang on the results of its trainings before, which are blank now.
local function check_captured(settings, r)
  -- Through text and back, as what was recorded has been.
  local now = yaml.decode(yaml.encode(describe(r)))
  local found = compare.trees(settings.settings, now)[1]
  if found then
    error(("%s was made by a train.fit of a script that takes results of others before it ('%s' "
      .. "was %s): it cannot be used alone"):format(settings.folder, found.key,
      errors.show(found.a)), 0)
  end
end

local function recipe_of(settings, path)
  errors.fallback = path
  local r = load_recipe.again(path, { seed = settings.seed_flag, args = context.args,
    folder = settings.recipe_dir })
  if range.is_auto(r) then -- found before the run's first step, and kept
    r = range.with_lr(r, settings.settings.optimizer.lr)
  end
  if settings.fit then
    check_captured(settings, r)
  end
  return extension.apply(r, settings.extensions)
end

local function with_weights(run, path)
  if not file.kind(path) then
    error(path .. " is missing: the run has not come to its end", 0)
  end
  local ok, why = pcall(weights.load, path, run.model.graph)
  if not ok then
    error(("%s does not fit the recipe's network: %s"):format(path, tostring(why)), 0)
  end
end

-- What the folder says of the run's data, nil where it says nothing.
local function kept_of(folder, vocabulary)
  local kept = record.kept(folder)
  if kept and not is_kept(kept, vocabulary) then
    error(("%s/data.json: not what lrrun writes there%s"):format(folder,
      vocabulary and ", or not with this vocabulary.json" or ""), 0)
  end
  return kept
end

local function rebuild(path, opts, build)
  local settings = type(path) == "table" and path or reload.settings(path)
  local vocabulary = record.vocabulary(settings.folder)
  local run = as_then(settings, function(recipe_path)
    local r = recipe_of(settings, recipe_path)
    if opts.extension then
      r = extension.apply(r, { opts.extension })
    end
    return build(r, {
      data_dir = context.data_dir, recipe_dir = settings.recipe_dir, threads = context.threads,
      dataset = opts.dataset, init = opts.init, vocabulary = vocabulary,
      kept = opts.kept and kept_of(settings.folder, vocabulary) or nil,
    })
  end)
  run.folder, run.settings = settings.folder, settings
  run.range = settings.range
  if opts.weights then
    with_weights(run, settings.folder .. "/weights.safetensors")
  end
  return run
end

--- The resolved recipe of a run folder.
---@param path string|table the folder, or what reload.settings gave
function reload.recipe(path)
  local settings = type(path) == "table" and path or reload.settings(path)
  return as_then(settings, function(recipe_path)
    return recipe_of(settings, recipe_path)
  end)
end

--- The run of a folder as prepare.run gives it: ready for a step, at its first.
---@param path string|table the folder, or what reload.settings gave
---@param opts { weights: boolean?, extension: table?, init: boolean? }? weights: the trained
--- ones are put in; extension: one more than run.yaml has; init = false: without `init`
function reload.run(path, opts)
  return rebuild(path, opts or {}, prepare.run)
end

-- Data that changed since give other figures, and perhaps another scale.
local function check_data(run)
  local data = run.settings.data
  local before = type(data) == "table" and data.fingerprint
  if before and run.dataset.native and run.dataset.fingerprint ~= before and context.out then
    context.out:warn("%s holds other data than in the run", run.dataset.kind)
  end
end

--- Data and network of a run alone (prepare.network), with the trained weights.
---@param path string|table the folder, or what reload.settings gave
---@param opts { dataset: table?, kept: boolean? }? dataset: in the place of the recipe's; kept:
--- the data are not opened, what the run's folder says of them is enough (for inputs of others)
function reload.network(path, opts)
  local o = { weights = true, dataset = opts and opts.dataset, kept = opts and opts.kept }
  local run = rebuild(path, o, prepare.network)
  check_data(run)
  return run
end

return reload
