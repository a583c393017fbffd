--- A run folder: recipe.lua (a copy), run.yaml (resolved settings and facts of the machine),
--- data.json (what its model has to know of the data), vocabulary.json (data of texts),
--- tokenizer.json (byte pair encoding, for other programs),
--- metrics.jsonl, metrics.csv, weights.safetensors, result.json.
--
-- Every byte of it is covered: run.yaml and result.json end with their own checksums; run.yaml has
-- those of the files that are there when a run begins, result.json those of its end; lines of
-- logs and checkpoints have their own. What is read here is checked against them and against
-- its descriptor (record/run_record.lua). Layer: runs.

local any_text = require "lrrun.record.any_text"
local checkpoint = require "lrrun.runs.checkpoint"
local file = require "lrrun.native.file"
local next_folder = require "lrrun.record.next_folder"
local json = require "lrrun.record.json"
local metrics = require "lrrun.record.metrics_log"
local own = require "lrrun.runs.own"
local run_record = require "lrrun.record.run_record"
local seal = require "lrrun.record.seal"
local sorted = require "lrrun.util.sorted"
local stored = require "lrrun.record.stored"
local sys = require "lrrun.native.sys"
local tokenizer_json = require "lrrun.record.tokenizer_json"
local weights = require "lrrun.record.weights"
local yaml = require "lrrun.record.yaml"

local folder = {}

local FIRST = { "format", "sealed", "name", "recipe", "seed", "overrides", "choices", "settings",
  "data", "program", "machine" }
-- What reload.settings adds to what run.yaml says.
local ADDED = { folder = true, open = true, is_own = true }
local RECIPE, DATA, WORDS = 1 << 20, 1 << 26, 1 << 28 -- most bytes

--- Facts of the program and machine that bits may depend on.
function folder.facts()
  local core, config = sys.blas()
  return {
    version = require("lrrun").version, build = sys.build(), isa = sys.isa(), real = sys.real,
    products = sys.products(), bf16_order = sys.bf16_order(),
    blas = core, blas_config = config, lua = _VERSION,
  }
end

--- The machine, for people who compare.
function folder.machine()
  return { cpu = sys.cpu_name(), threads = sys.threads() }
end

-- Writes a text; gives its SHA-256.
local function write(path, text)
  file.write(path, text)
  return seal.sha256(text)
end

local function write_json(path, value)
  return write(path, json.encode(any_text.hide(value), { indent = true }) .. "\n")
end

--- Raises where no run folder could be made in `parent`: to be asked before what takes long.
---@param parent string
function folder.check_parent(parent)
  next_folder.try(next_folder.make, parent)
  local path = ("%s/.lrrun-%d"):format(parent, sys.pid()) -- the sandbox makes folders there alone
  next_folder.try(file.mkdir, path)
  local ok, why = pcall(next_folder.check, path)
  file.remove(path)
  if not ok then
    error(why, 0)
  end
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
  local path, digests = parent, {}
  if name then
    path = next_folder.next(parent, name)
  else
    next_folder.make(path)
  end
  own.note(path)
  if text then
    digests["recipe.lua"] = write(path .. "/recipe.lua", text)
  end
  digests["data.json"] = also.data and write_json(path .. "/data.json", also.data)
  if also.vocabulary then
    digests["vocabulary.json"] = write_json(path .. "/vocabulary.json", also.vocabulary)
  end
  local tokens = also.data and also.data.tokenizer and tokenizer_json(also.data.tokenizer)
  digests["tokenizer.json"] = tokens and write(path .. "/tokenizer.json", tokens)
  settings.files = {}
  for source, content in sorted.pairs(also.required or {}) do
    local to = path .. "/files/" .. source
    next_folder.make(to:match "^(.*)/")
    settings.files[#settings.files + 1] = { name = source, sha256 = write(to, content) }
  end
  settings.digests = digests
  settings.id = seal.sha256(yaml.encode(settings, { first = FIRST }))
  folder.write_settings(path, settings)
  return path
end

--- Writes run.yaml.
function folder.write_settings(path, settings)
  local said = { sealed = true }
  for key, item in pairs(settings) do
    said[key] = not ADDED[key] and item or nil
  end
  local text = yaml.encode(said, { first = FIRST })
  file.write(path .. "/run.yaml", own.mark(seal.close(text, "yaml")))
end

-- The text of a file of the folder as it was when the run began; nil where there is none.
local function text_of(settings, name, most)
  local text = stored.text(settings.folder, name, most)
  local want = (settings.digests or {})[name]
  local path = settings.folder .. "/" .. name
  if want and not text then
    error(path .. ": is missing, and the run has one; take it from a copy of the run", 0)
  elseif want and seal.sha256(text) ~= want then
    error(path .. ": was changed since the run began: its SHA-256 is not that of run.yaml; take it "
      .. "from a copy of the run", 0)
  end
  return text
end

--- The run's copy of its recipe, or nil.
---@param settings table of reload.settings
---@return string?
function folder.recipe(settings)
  return text_of(settings, "recipe.lua", RECIPE)
end

--- Texts of the files that a run's recipe required: name -> text.
---@param settings table run.yaml, and the run's folder
function folder.sources(settings)
  local out = {}
  for _, item in ipairs(settings.files or {}) do
    local name = "files/" .. item.name
    local text = stored.text(settings.folder, name, RECIPE)
    if not text then
      error(("%s/%s: is missing"):format(settings.folder, name), 0)
    elseif folder.sha256(text) ~= item.sha256 then
      error(("%s/%s was changed since the run began"):format(settings.folder, name), 0)
    end
    out[item.name] = text
  end
  return out
end

--- metrics.jsonl of a run, open for appending. keep: as metrics.open has it.
---@param of { folder: string, id: string? } a run, or its settings
---@param keep integer?
function folder.log(of, keep)
  return metrics.open(of.folder .. "/metrics.jsonl", keep, of.id)
end

--- steps.jsonl likewise.
---@param of { folder: string, id: string? } a run, or its settings
---@param keep integer?
function folder.step_log(of, keep)
  return metrics.open(of.folder .. "/steps.jsonl", keep, of.id)
end

local function scan_events(of)
  local text = stored.text(of.folder, "history.jsonl", metrics.MOST)
  return metrics.scan(text or "", metrics.HISTORY, of.id)
end

--- Adds a line to history.jsonl: what happened to the run besides training.
---@param of { folder: string, id: string? } a run, or its settings
---@param event table
---@param once boolean? not where the same line is there: a resumed run goes the same way again
function folder.history(of, event, once)
  local line = json.encode(event)
  local log <close> = metrics.open(of.folder .. "/history.jsonl", nil, of.id)
  for _, old in ipairs(once and folder.events(of) or {}) do
    if json.encode(old) == line then
      return
    end
  end
  log:write(event)
end

-- Made of what is on the disk already: it need not wait for it. Damaged lines are named by
-- whoever reads them; they must not cost the result. Gives its SHA-256, or nil.
local function write_csv(path, also)
  local log = path .. "/metrics.jsonl"
  local kept = also.log and file.read(log, metrics.MOST)
  local text = kept and metrics.csv_of_log(kept, also.log, also.id)
  if not text then -- of a version before, or damaged
    local ok, rows = pcall(metrics.read, log)
    if not ok then
      return nil
    end
    text = metrics.csv(rows)
  end
  local out <close> = file.create(path .. "/metrics.csv")
  out:write(text)
  out:commit(false)
  return seal.sha256(text)
end

--- Writes the weights, metrics.csv and the result at the end of a run.
---@param path string
---@param graph userdata
---@param result table
---@param also { id: string?, log: table, step_log: table? } the run's, and marks of its closed logs
function folder.finish(path, graph, result, also)
  local events = scan_events { folder = path, id = also.id }
  local files = {}
  files["weights.safetensors"] = weights.save(path .. "/weights.safetensors", graph,
    { format = "lrrun", digest = result.digest })
  files["metrics.csv"] = write_csv(path, also)
  local out = { id = also.id, log = also.log, step_log = also.step_log, files = files,
    history = not events.fault and metrics.mark(events) or nil }
  for key, item in pairs(result) do
    out[key] = item
  end
  local text = json.encode(any_text.hide(out), { indent = true }) .. "\n"
  file.write(path .. "/result.json", seal.close(text, "json"))
end

--- What run.yaml of a run folder says, and whether this user's lrrun wrote it; raises what is
--- wrong.
---@param path string
---@return table, boolean
function folder.settings(path)
  local text = stored.text(path, "run.yaml", run_record.RUN.most)
  if not text then
    error(("%s is no run folder: it has no run.yaml"):format(path), 0)
  end
  local body, is_own = own.split(text)
  local settings = stored.decode(run_record.RUN, body, path .. "/run.yaml")
  settings.own = nil
  return settings, is_own or own.made(path)
end

-- The table in a JSON file of a run folder, nil where there is no such file.
local function read_json(settings, name, most)
  local text = text_of(settings, name, most)
  if not text then
    return nil
  end
  local ok, value = pcall(json.decode, text)
  if not ok or type(value) ~= "table" then
    error(("%s/%s: %s"):format(settings.folder, name, ok and "not what lrrun writes there"
      or value), 0)
  end
  return any_text.show(value)
end

--- The words that a run's tokens stand for, or nil where it has none.
---@param settings table of reload.settings
---@return string[]?
function folder.vocabulary(settings)
  return read_json(settings, "vocabulary.json", WORDS)
end

--- What a run's model has to know of its data; nil for runs of before it was kept.
---@param settings table of reload.settings
---@return table?
function folder.kept(settings)
  return read_json(settings, "data.json", DATA)
end

--- What came out of a run, nil where it has not ended; and what result.json says beside it:
--- { id; log, step_log and history = marks of metrics.jsonl, steps.jsonl and history.jsonl;
--- files = SHA-256 by name }.
---@param settings table of reload.settings
---@return table?, table?
function folder.result(settings)
  local result = stored.read(run_record.RESULT, settings.folder, "result.json")
  if not result then
    return nil, nil
  end
  local also = { id = result.id, log = result.log, step_log = result.step_log,
    history = result.history, files = result.files or {} }
  if settings.id and also.id ~= settings.id then
    run_record.RESULT:fail(settings.folder .. "/result.json", "is that of another run")
  end
  result.id, result.log, result.history, result.files, result.step_log = nil, nil, nil, nil, nil
  result.run, result.notes = settings.folder, result.notes and json.array(result.notes)
  return result, also
end

-- What a log held when it was last noted, and whether nothing came behind.
local function noted(settings, which)
  local result, also = folder.result(settings)
  if also and also[which] then
    local is_last = result.reason ~= "interrupted"
      and (result.extended or 0) == #(settings.extensions or {})
    return also[which], is_last
  end
  return not result and checkpoint.log_mark(settings.folder, which) or nil, false
end

local function rows_of(settings, which, name, desc)
  local mark, is_last = noted(settings, which)
  local text = stored.text(settings.folder, name, metrics.MOST)
  if not text and not mark and which == "step_log" then
    return {} -- no run has to have one
  end
  local found = metrics.scan(text or "", desc, settings.id)
  local fault = metrics.fault(found, mark, is_last)
  local path = settings.folder .. "/" .. name
  return found.rows, fault and ("%s: %s"):format(path, text and fault or "is missing") or nil
end

--- The lines of metrics.jsonl that can be trusted, and what is wrong with the log: a text, or
--- nil where all is right.
---@param settings table of reload.settings
---@return table[], string?
function folder.rows(settings)
  return rows_of(settings, "log", "metrics.jsonl")
end

--- The same of steps.jsonl; no lines where the run has none.
---@param settings table of reload.settings
---@return table[], string?
function folder.step_rows(settings)
  return rows_of(settings, "step_log", "steps.jsonl", metrics.STEPS)
end

--- The events of history.jsonl; raises what is wrong.
---@param of { folder: string, id: string? } a run, or its settings
---@param mark table? what it held at the run's end
---@return table[]
function folder.events(of, mark)
  local found = scan_events(of)
  local fault = metrics.fault(found, mark)
  if fault then
    error(("%s/history.jsonl: %s; take the file from a copy of the run, or delete it"):format(
      of.folder, fault), 0)
  end
  return found.rows
end

local function remove(path)
  for _, name in ipairs(file.list(path) or {}) do
    local item = path .. "/" .. name
    if file.kind(item) == "dir" then
      remove(item)
    end
    file.remove(item)
  end
end

--- Removes a folder that this process made.
---@param path string
function folder.remove(path)
  if own.made(path) then
    remove(path)
    file.remove(path)
  end
end

--- The same where nothing was trained in it: a verb that is refused leaves no folder.
---@param path string
function folder.remove_unused(path)
  if not file.kind(path .. "/metrics.jsonl") then
    folder.remove(path)
  end
end

--- SHA-256 of a text.
folder.sha256 = seal.sha256

return folder
