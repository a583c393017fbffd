--- Experiment files: one YAML document with all that it takes to run a run again and to
--- check every figure of it.
--
-- Keys: format, name, program, machine, recipe { text, sha256 }, files (name -> text), run
-- (overrides, seed, epochs, choices, args, extensions as run.yaml has them), settings (the
-- recipe as resolved), network (its layers), data { kind, fingerprint, splits, files },
-- metrics (the lines of metrics.jsonl: exact numbers), result, with weights their safetensors
-- in base64, and sha256 of all before it. What may stand in each: record/run_record.lua.
-- Layer: runs.

local file = require "lrrun.native.file"
local folder = require "lrrun.runs.folder"
local current = require "lrrun.util.current"
local record = require "lrrun.native.record"
local request = require "lrrun.recipe.request"
local run_record = require "lrrun.record.run_record"
local seal = require "lrrun.record.seal"
local stored = require "lrrun.record.stored"
local yaml = require "lrrun.record.yaml"

local experiment = {}

local FORMAT = "lrrun.experiment.1"
local FIRST = { "format", "sealed", "name", "program", "machine", "recipe", "files", "run",
  "settings", "data", "result", "metrics", "weights", "text", "sha256" }
local COLUMNS = 76
local MOST_WEIGHTS = 40 * 1000 * 1000

-- What run.yaml says about how the run was started, without the places of this machine.
local RUN, PLACES = { "seed", "extensions", "fit", "range" }, { recipe_dir = true, data_dir = true }
for _, name in ipairs(request.names "run") do
  RUN[#RUN + 1] = name ~= "name" and not PLACES[name] and name or nil
end

--- Files of data as experiment files list them: path -> true to a sorted list.
---@param paths table<string, boolean>
function experiment.data_files(paths)
  local list = {}
  for path in pairs(paths) do
    local item = { name = path:match "([^/]+)/*$" }
    if file.kind(path) == "file" then
      item.sha256, item.bytes = seal.file(path)
    else
      item.folder = true
    end
    list[#list + 1] = item
  end
  table.sort(list, function(a, b)
    return a.name < b.name
  end)
  return list
end

--- The experiment of a run folder that has ended, without its data files.
---@param settings table run.yaml, and its folder
function experiment.of_run(settings)
  local path = settings.folder
  local result = folder.result(settings)
  if not result then
    error(("%s has not ended: lrrun resume goes on with it"):format(path), 0)
  end
  local rows, fault = folder.rows(settings)
  if fault then
    error(fault .. "; take the file from a copy of the run, or train again", 0)
  end
  local recipe = folder.recipe(settings)
  if not recipe then
    error(path .. " has no recipe.lua", 0)
  end
  local out = {
    format = FORMAT, name = settings.name, program = settings.program,
    machine = settings.machine, recipe = { text = recipe, sha256 = folder.sha256(recipe) },
    files = folder.sources(settings), run = {}, settings = settings.settings,
    data = settings.data, network = settings.network,
    metrics = rows, result = result,
  }
  for _, key in ipairs(RUN) do
    out.run[key] = settings[key]
  end
  out.result.run = nil
  return out
end

--- Adds the weights of a run folder.
---@param exp table
---@param settings table of reload.settings
function experiment.add_weights(exp, settings)
  local path = settings.folder
  local ok, bytes = pcall(stored.text, path, "weights.safetensors", MOST_WEIGHTS)
  if not ok then
    error(("%s: pack without --weights"):format(bytes), 0)
  end
  local _, also = folder.result(settings)
  local want = also and also.files["weights.safetensors"]
  if not bytes then
    error(path .. " has no weights.safetensors: pack without --weights", 0)
  elseif want and folder.sha256(bytes) ~= want then
    error(path .. "/weights.safetensors: is damaged: its checksum differs", 0)
  end
  local text = record.base64(bytes)
  exp.weights = text:gsub(("."):rep(COLUMNS), "%0\n")
end

--- The experiment as text; what is read back is the same.
function experiment.encode(exp)
  local out = { sealed = true }
  for key, item in pairs(exp) do
    out[key] = item
  end
  return seal.close(yaml.encode(out, { first = FIRST }), "yaml")
end

-- The bytes of the weights in an experiment.
local function weights_of(exp, path)
  local bytes = record.unbase64(exp.weights)
  if not bytes or #bytes > MOST_WEIGHTS then
    run_record.EXPERIMENT:fail(path, "'weights' is no base64 of a file of weights")
  end
  return bytes
end

--- Reads an experiment file; raises what is wrong with it. One that was changed by hand is
--- taken, and said: whether its figures come out is what a replay is for.
---@param path string
---@return table exp weights are the bytes of their file
function experiment.read(path)
  local desc = run_record.EXPERIMENT
  local text, why = file.read(path, desc.most)
  if not text then
    error(why, 0)
  end
  local exp, whole = stored.decode(desc, text, path, true)
  if whole == false then
    current.out():warn("%s was changed since lrrun packed it: its checksum 'sha256' differs", path)
  end
  exp.weights = exp.weights and weights_of(exp, path)
  return exp
end

--- Makes a run folder in `parent` that begins what the experiment says; lrrun resumes it
--- from nothing. recipe_dir: where its data files are sought first.
---@return string path
function experiment.unpack(exp, parent, recipe_dir, data_dir)
  local settings = { format = 1, name = exp.name, settings = exp.settings, data = exp.data,
    network = exp.network, program = folder.facts(), machine = folder.machine(),
    recipe_dir = recipe_dir, data_dir = data_dir }
  for _, key in ipairs(RUN) do
    settings[key] = exp.run[key]
  end
  settings.extensions = nil
  settings.recipe = settings.recipe or ""
  return folder.create(parent, exp.name .. "-replay", exp.recipe.text, settings,
    { required = exp.files })
end

return experiment
