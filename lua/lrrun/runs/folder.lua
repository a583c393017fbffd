--- A run folder: recipe.lua (a copy), run.yaml (resolved settings and facts of the machine),
--- data.json (what its model has to know of the data), vocabulary.json (data of texts),
--- metrics.jsonl, metrics.csv, weights.safetensors, result.json. Layer: runs.

local any_text = require "lrrun.record.any_text"
local file = require "lrrun.native.file"
local next_folder = require "lrrun.record.next_folder"
local json = require "lrrun.record.json"
local metrics = require "lrrun.record.metrics_log"
local record = require "lrrun.native.record"
local sorted = require "lrrun.util.sorted"
local sys = require "lrrun.native.sys"
local weights = require "lrrun.record.weights"
local yaml = require "lrrun.record.yaml"

local folder = {}

local FIRST = { "format", "name", "recipe", "seed", "overrides", "choices", "settings", "data",
  "program", "machine" }

--- Facts of the program and machine that bits may depend on.
function folder.facts()
  local core, config = sys.blas()
  return {
    version = require("lrrun").version, build = sys.build(), isa = sys.isa(), real = sys.real,
    blas = core, blas_config = config, lua = _VERSION,
  }
end

--- The machine, for people who compare.
function folder.machine()
  return { cpu = sys.cpu_name(), threads = sys.threads() }
end

local function write_json(path, value)
  file.write(path, json.encode(any_text.hide(value), { indent = true }) .. "\n")
end

--- Makes a run folder and writes what is known before the first step.
---@param parent string the folder to make it in, or without a name the run folder itself
---@param name string?
---@param text string? the recipe's text
---@param settings table what run.yaml holds
---@param also { data: table, vocabulary: string[]?, required: table<string, string>? } what
--- dataset:kept() gave and the words of the data, so that inputs mean the same later on; name ->
--- text of files that the recipe required
---@return string path
function folder.create(parent, name, text, settings, also)
  local path = parent
  if name then
    path = next_folder.next(parent, name)
  else
    next_folder.make(path)
  end
  if text then
    file.write(path .. "/recipe.lua", text)
  end
  write_json(path .. "/data.json", also.data)
  if also.vocabulary then
    write_json(path .. "/vocabulary.json", also.vocabulary)
  end
  settings.files = {}
  for source, content in sorted.pairs(also.required or {}) do
    local to = path .. "/files/" .. source
    next_folder.make(to:match "^(.*)/")
    file.write(to, content)
    settings.files[#settings.files + 1] = { name = source, sha256 = folder.sha256(content) }
  end
  folder.write_settings(path, settings)
  return path
end

--- Writes run.yaml.
function folder.write_settings(path, settings)
  file.write(path .. "/run.yaml", yaml.encode(settings, { first = FIRST }))
end

--- Texts of the files that a run's recipe required: name -> text.
---@param settings table run.yaml, and the run's folder
function folder.sources(settings)
  local out = {}
  for _, item in ipairs(settings.files or {}) do
    local path = ("%s/files/%s"):format(settings.folder, item.name)
    local text, why = file.read(path)
    if not text then
      error(why, 0)
    elseif folder.sha256(text) ~= item.sha256 then
      error(path .. " was changed since the run began", 0)
    end
    out[item.name] = text
  end
  return out
end

--- metrics.jsonl of the run, open for appending.
function folder.log(path, keep)
  return metrics.open(path .. "/metrics.jsonl", keep)
end

--- Adds a line to history.jsonl: what happened to the run besides training.
---@param path string
---@param event table
---@param once boolean? not where the same line is there: a resumed run goes the same way again
function folder.history(path, event, once)
  local line = json.encode(event)
  local log <close> = metrics.open(path .. "/history.jsonl")
  for _, old in ipairs(once and metrics.read(path .. "/history.jsonl") or {}) do
    if json.encode(old) == line then
      return
    end
  end
  log:write(event)
end

-- Made of what is on the disk already: it need not wait for it. Damaged lines are named by
-- whoever reads them; they must not cost the result.
local function write_csv(path)
  local ok, rows = pcall(metrics.read, path .. "/metrics.jsonl")
  if ok then
    local out = file.create(path .. "/metrics.csv")
    out:write(metrics.csv(rows))
    out:commit(false)
  end
end

--- Writes the weights, metrics.csv and the result at the end of a run.
function folder.finish(path, graph, result)
  weights.save(path .. "/weights.safetensors", graph, { format = "lrrun",
    digest = result.digest })
  write_csv(path)
  write_json(path .. "/result.json", result)
end

--- What run.yaml of a run folder says; raises what is wrong.
---@param path string
function folder.settings(path)
  local text, why = file.read(path .. "/run.yaml")
  if not text then
    error(("%s is no run folder: %s"):format(path, why), 0)
  end
  local ok, settings = pcall(yaml.decode, text)
  if not ok or type(settings) ~= "table" then
    error(("%s/run.yaml: %s"):format(path, ok and "not a map" or settings), 0)
  end
  return settings
end

-- The table in a JSON file of a run folder, nil where there is no such file.
local function read_json(path)
  if not file.kind(path) then
    return nil
  end
  local text, why = file.read(path)
  if not text then
    error(why, 0)
  end
  local ok, value = pcall(json.decode, text)
  if not ok or type(value) ~= "table" then
    error(("%s: %s"):format(path, ok and "not what lrrun writes there" or value), 0)
  end
  return value
end

--- The words that a run's tokens stand for, or nil where it has none.
---@param path string
---@return string[]?
function folder.vocabulary(path)
  return any_text.show(read_json(path .. "/vocabulary.json"))
end

--- What a run's model has to know of its data; nil for runs of before it was kept.
---@param path string
---@return table?
function folder.kept(path)
  return any_text.show(read_json(path .. "/data.json"))
end

--- What came out of a run, nil where it has not ended.
---@param path string
---@return table?
function folder.result(path)
  return read_json(path .. "/result.json")
end

--- SHA-256 of a text.
function folder.sha256(text)
  return record.sha256():add(text):hex()
end

return folder
