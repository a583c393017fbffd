--- Experiment files: one YAML document with all that it takes to run a run again and to
--- check every figure of it.
--
-- Keys: format, name, program, machine, recipe { text, sha256 }, files (name -> text), run
-- (overrides, seed, epochs, choices, args, extensions as run.yaml has them), settings (the
-- recipe as resolved), network (its layers), data { kind, fingerprint, splits, files },
-- metrics (the lines of metrics.jsonl: exact numbers), result, and with weights their
-- safetensors in base64.
-- Layer: runs.

local file = require "lrrun.native.file"
local folder = require "lrrun.runs.folder"
local metrics = require "lrrun.record.metrics_log"
local record = require "lrrun.native.record"
local request = require "lrrun.recipe.request"
local yaml = require "lrrun.record.yaml"

local experiment = {}

local FORMAT = "lrrun.experiment.1"
local FIRST = { "format", "name", "program", "machine", "recipe", "files", "run", "settings",
  "data", "result", "metrics", "weights", "text", "sha256" }
local CHUNK, COLUMNS = 1 << 20, 76
local MOST_WEIGHTS = 40 * 1000 * 1000

-- What run.yaml says about how the run was started, without the places of this machine.
local RUN, PLACES = { "seed", "extensions", "fit", "range" }, { recipe_dir = true, data_dir = true }
for _, name in ipairs(request.names "run") do
  RUN[#RUN + 1] = name ~= "name" and not PLACES[name] and name or nil
end

--- SHA-256 and size of a file; raises when it cannot be read.
---@param path string
function experiment.hash(path)
  local opened, why = file.open(path)
  if not opened then
    error(why, 0)
  end
  local input <close> = opened
  local digest, size, at = record.sha256(), input:size(), 0
  while at < size do
    digest:add(assert(input:read(at, math.min(CHUNK, size - at))))
    at = at + CHUNK
  end
  return digest:hex(), size
end

--- Files of data as experiment files list them: path -> true to a sorted list.
---@param paths table<string, boolean>
function experiment.data_files(paths)
  local list = {}
  for path in pairs(paths) do
    local item = { name = path:match "([^/]+)/*$" }
    if file.kind(path) == "file" then
      item.sha256, item.bytes = experiment.hash(path)
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
  local result = folder.result(path)
  if not result then
    error(("%s has not ended: lrrun resume goes on with it"):format(path), 0)
  end
  local recipe = assert(file.read(path .. "/recipe.lua"))
  local out = {
    format = FORMAT, name = settings.name, program = settings.program,
    machine = settings.machine, recipe = { text = recipe, sha256 = folder.sha256(recipe) },
    files = folder.sources(settings), run = {}, settings = settings.settings,
    data = settings.data, network = settings.network,
    metrics = metrics.read(path .. "/metrics.jsonl"), result = result,
  }
  for _, key in ipairs(RUN) do
    out.run[key] = settings[key]
  end
  out.result.run = nil
  return out
end

--- Adds the weights of a run folder.
function experiment.add_weights(exp, path)
  local bytes = assert(file.read(path .. "/weights.safetensors"))
  if #bytes > MOST_WEIGHTS then
    error(("the weights have %d bytes, an experiment file takes %d: pack without --weights")
      :format(#bytes, MOST_WEIGHTS), 0)
  end
  local text = record.base64(bytes)
  exp.weights = text:gsub(("."):rep(COLUMNS), "%0\n")
end

--- The experiment as text; what is read back is the same.
function experiment.encode(exp)
  return yaml.encode(exp, { first = FIRST })
end

local function need(path, exp, key, kind)
  if type(exp[key]) ~= kind then
    error(("%s: '%s' is missing or no %s"):format(path, key, kind == "table" and "map" or kind), 0)
  end
end

--- Reads an experiment file; raises what is wrong with it.
---@param path string
function experiment.read(path)
  local text, why = file.read(path)
  if not text then
    error(why, 0)
  end
  local ok, exp = pcall(yaml.decode, text)
  if not ok or type(exp) ~= "table" then
    error(("%s: %s"):format(path, ok and "is no experiment file" or exp), 0)
  elseif exp.format ~= FORMAT then
    error(("%s: format is %s, want %s (a file of lrrun pack)"):format(path,
      tostring(exp.format), FORMAT), 0)
  end
  for _, key in ipairs { "recipe", "run", "data", "metrics", "result", "program" } do
    need(path, exp, key, "table")
  end
  need(path, exp, "name", "string")
  need(path, exp.recipe, "text", "string")
  need(path, exp.result, "digest", "string")
  return exp
end

--- The bytes of the weights in an experiment, or nil where it has none.
function experiment.weights(exp)
  if type(exp.weights) ~= "string" then
    return nil
  end
  return record.unbase64(exp.weights) or error("the weights are no base64", 0)
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
  local files = next(exp.files or {}) and exp.files or {}
  return folder.create(parent, exp.name .. "-replay", exp.recipe.text, settings,
    { required = files })
end

return experiment
