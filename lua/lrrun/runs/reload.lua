--- From a run folder back to what it was made of: the recipe as it was resolved, its data,
--- its network with the trained weights.
--
-- The recipe's own copy is run again, with the overrides, the seed and the choices of the
-- run, and its files are found where they were then; --data DIR names another place.
-- Layer: runs.

local compare = require "lrrun.record.compare"
local current = require "lrrun.util.current"
local defaults = require "lrrun.runs.defaults"
local plain = require "lrrun.recipe.plain"
local errors = require "lrrun.util.errors"
local extension = require "lrrun.runs.extension"
local file = require "lrrun.native.file"
local folder = require "lrrun.runs.folder"
local own = require "lrrun.runs.own"
local stored = require "lrrun.record.stored"
local is_kept = require "lrrun.data.is_kept"
local resolve = require "lrrun.recipe.resolve"
local prepare = require "lrrun.train.prepare"
local range = require "lrrun.range"
local request = require "lrrun.recipe.request"
local same_data = require "lrrun.runs.same_data"
local script = require "lrrun.recipe.script"
local weights = require "lrrun.record.weights"
local yaml = require "lrrun.record.yaml"

local reload = {}

--- What the run was told, from its run.yaml. Raises where `path` is no run folder.
---@param path string
---@param allowed string[]? folders that the user's flags open
---@return table settings as run.yaml has them, and folder, the absolute path; open, the places
--- that it opens (own.places); is_own, whether this user made it
function reload.settings(path, allowed)
  local kind = file.kind(path)
  if kind ~= "dir" then
    error(("%s: %s; want a run folder, such as runs/quickstart-1"):format(path,
      kind and "is a file" or "there is no such folder"), 0)
  end
  local settings, is_own = folder.settings(path)
  settings.folder = assert(file.real(path))
  settings.open = own.places(settings, is_own, allowed)
  settings.is_own = is_own
  return settings
end

-- That of the run where this command asks for none; nil of a run from before there was one.
local function precision_of(now, of_recipe)
  return now.precision or of_recipe.precision and (of_recipe.precision == "bf16" and "bf16"
    or "f32")
end

-- What the run was asked for, here and now: from its copy of the recipe, with the data folder
-- of this command where it has one.
local function request_of(settings)
  local now, path = current.request(), settings.folder .. "/recipe.lua"
  local of_recipe = type(settings.settings) == "table" and settings.settings or {}
  return request.read("run", settings, now):with({
    seed = settings.seed, portable = of_recipe.repro == "portable", recipe_path = path,
    precision = precision_of(now, of_recipe),
    recipe_text = folder.recipe(settings), sources = folder.sources(settings),
    recipe_dir = settings.open.recipe_dir, data_dir = now.data_dir or settings.open.data_dir,
    closed = settings.open.closed,
  }, { "recipe_dir", "data_dir" })
end

-- f(path of the recipe's copy) with what the run was asked for at hand.
local function as_then(settings, f)
  local then_ = request_of(settings)
  return current.with({
    request = then_, script = script.new { wanted = settings.fit },
  }, f, then_.recipe_path)
end

-- A script's recipe may hang on the results of its trainings before, which are blank now.
local function check_captured(settings, r)
  -- Through text and back, as what was recorded has been.
  local now = yaml.decode(yaml.encode(plain(r)))
  local found
  for _, item in ipairs(compare.trees(settings.settings, now)) do
    found = found or item.a ~= nil and item -- keys that it has not are of versions since
  end
  if found then
    error(("%s was made by a train.fit of a script that takes results of others before it ('%s' "
      .. "was %s): it cannot be used alone"):format(settings.folder, found.key,
      errors.show(found.a)), 0)
  end
end

local function recipe_of(settings, path)
  errors.fallback = path
  local r = resolve.again(path, { seed = settings.seed_flag, args = current.request().args,
    folder = settings.open.recipe_dir })
  if range.is_auto(r) then -- found before the run's first step, and kept
    local optimizer = settings.settings.optimizer
    r = range.with_lr(r, type(optimizer) == "table" and optimizer.lr)
  end
  r = defaults.of_then(r, settings.settings)
  if settings.fit then
    check_captured(settings, r)
  end
  return extension.apply(r, settings.extensions)
end

local function with_weights(run, settings)
  local path = stored.path(settings.folder, "weights.safetensors")
  local result, also = folder.result(settings)
  if not path then
    error(("%s/weights.safetensors is missing: %s"):format(settings.folder, result
      and "the run has ended, so it was taken away; put a copy there, or train again"
      or "the run has not come to its end"), 0)
  end
  local sha256 = also and also.files["weights.safetensors"]
  local ok, why = pcall(weights.load, path, run.model.graph, sha256)
  if not ok then
    error(("the weights cannot be used for the recipe's network: %s; take the file from a copy of "
      .. "the run, or train again"):format(tostring(why)), 0)
  end
end

-- What the folder says of the run's data, nil where it says nothing.
local function kept_of(settings, vocabulary)
  local kept, path = folder.kept(settings), settings.folder
  if kept and not is_kept(kept, vocabulary) then
    error(("%s/data.json: not what lrrun writes there%s"):format(path,
      vocabulary and ", or not with this vocabulary.json" or ""), 0)
  end
  return kept
end

-- Looks at data before anything is made of them: what is said of a network that does not fit others
-- would hide that they are others.
local function checker(settings)
  local kept = type(settings.data) == "table" and settings.data.fingerprint
  return kept and function(dataset)
    same_data(dataset, kept)
  end or nil
end

local function rebuild(path, opts, build)
  local settings = type(path) == "table" and path or reload.settings(path)
  local vocabulary = folder.vocabulary(settings)
  local run = as_then(settings, function(recipe_path)
    local r = recipe_of(settings, recipe_path)
    if opts.extension then
      r = extension.apply(r, { opts.extension })
    end
    local now = current.request()
    return build(r, {
      data_dir = now.data_dir, recipe_dir = now.recipe_dir, threads = now.threads,
      dataset = opts.dataset, init = opts.init, vocabulary = vocabulary, watch = true,
      statistics = opts.statistics,
      opened = opts.same and checker(settings) or nil,
      kept = opts.kept and kept_of(settings, vocabulary) or nil, batch = opts.batch,
    })
  end)
  run.folder, run.settings = settings.folder, settings
  run.range = settings.range
  if opts.weights then
    with_weights(run, settings)
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
---@param opts { weights: boolean?, extension: table?, init: boolean?, statistics: integer?,
--- dataset: table?, same: boolean? }? weights: the trained ones are put in; extension: one more
--- than run.yaml has; init = false: without `init`; statistics: as prepare.run has it; dataset: the
--- recipe's data, where they are open; same: raises where the data are others than then
function reload.run(path, opts)
  return rebuild(path, opts or {}, prepare.run)
end

-- Data that changed since give other figures, and perhaps another scale.
local function check_data(run)
  local data = run.settings.data
  local before = type(data) == "table" and data.fingerprint
  if before and run.dataset.native and run.dataset.fingerprint ~= before then
    current.out():warn("%s holds other data than in the run", run.dataset.kind)
  end
end

--- Data and network of a run alone (prepare.network), with the trained weights.
---@param path string|table the folder, or what reload.settings gave
---@param opts { dataset: table?, kept: boolean?, batch: integer? }? dataset: in the place of the
--- recipe's; kept: the data are not opened, what the run's folder says of them is enough (for
--- inputs of others); batch: room for so many samples at first, in the place of the data's
function reload.network(path, opts)
  local o = { weights = true, dataset = opts and opts.dataset, kept = opts and opts.kept,
    batch = opts and opts.batch }
  local run = rebuild(path, o, prepare.network)
  check_data(run)
  return run
end

return reload
