--- Checkpoints of a run folder: checkpoints/step-<n>.safetensors, each with everything that
--- the next step depends on.
--
-- The tensors are safetensors as any, and the rest is JSON in the metadata; the seal of the
-- file (record/safetensors.lua) is compared when a checkpoint is read; of those of versions
-- before a SHA-256 over state and numbers. A file is put in place whole (os/file.h), so that a
-- kill at any moment leaves the ones before it. Layer: runs.

local file = require "lrrun.native.file"
local next_folder = require "lrrun.record.next_folder"
local json = require "lrrun.record.json"
local limits = require "lrrun.limits"
local on_error = require "lrrun.util.on_error"
local metrics = require "lrrun.record.metrics_log"
local record = require "lrrun.native.record"
local run_record = require "lrrun.record.run_record"
local safetensors = require "lrrun.record.safetensors"
local schema = require "lrrun.record.schema"
local stored = require "lrrun.record.stored"

local checkpoint = {}

local FORMAT = "lrrun.checkpoint.1"
local ODD = { nan = 0 / 0, inf = math.huge, ["-inf"] = -math.huge }

local MARK = schema.record { keys = {
  { "lines", "integer", min = 0, required = true }, { "crc", "string", longest = 8 } } }

-- Where loop, schedules, rules and the best epoch stand (runs/state.lua, state_of.take).
local function place_rules(more)
  local rules = {
    { "step", "integer", min = 0, required = true }, { "metrics", "map", of = "real" },
    { "waits", "record", doc = "its last evaluation was interrupted", of = schema.record { keys = {
      { "due", "boolean" }, { "epoch_end", "boolean" }, { "reason", "string" }, { "lr", "real" },
      { "loss", "real" }, { "grad_norm", "real" } } } },
    { "reason", "string" }, { "best_value", "real" }, metrics.NORMS,
    { "schedules", "list", required = true, of = { nil, "list", of = "real" } },
    { "stop", "list", of = "real" },
    { "step_sums", "list", of = "real", doc = "of updates since the last line of steps.jsonl" },
    { "best", "record", of = schema.record { keys = { { "epoch", "number", min = 0 },
      { "step", "integer", min = 0 }, { "metrics", "map", of = "real" } } } },
  }
  return table.move(more, 1, #more, #rules + 1, rules)
end

local PROBE = schema.record { keys = {
  { "step", "integer", min = 0, required = true }, { "update", "real" }, { "top", "real" },
  { "depth", "real" }, { "layers", "integer", min = 1 }, { "dead", "number", min = 0 },
  { "units", "number", above = 0 }, { "layer", "text" }, { "samples", "number", min = 0 },
  { "kept", "real" }, { "lr", "real" }, { "val", "real" }, { "train", "real" } } }

-- What notes go by (notes/init.lua, save).
local SEEN = schema.record { keys = {
  run_record.NOTES_SAID, { "mistakes", "list", of = { nil, "text", longest = 65536 }, most = 1000,
    doc = "what the plan warned of" }, { "lowest", "record", of = schema.record { keys = {
    { "epoch", "number", required = true }, { "step", "integer", required = true },
    { "val_loss", "real", required = true }, { "train_loss", "real", required = true },
    { "val_accuracy", "real" } } } },
  { "probes", "list", most = 100, of = PROBE },
  { "waiting", "record", of = PROBE, doc = "the one of an evaluation that is to be made again" },
  { "course", "string", longest = 8192, doc = "of the losses (train/watch.h), as base64" },
} }

local NUMBERS = { "map", "list" } -- by name; lists in version 1.0

-- A checkpoint's state.
local STATE = schema.record {
  name = "state",
  keys = place_rules {
    { "numbers", "map", of = "real", required = true },
    { "seconds", "number", min = 0 }, { "log_size", "integer", min = 0 },
    { "log", "record", doc = "what metrics.jsonl held", of = MARK },
    { "step_log_size", "integer", min = 0 },
    { "step_log", "record", doc = "what steps.jsonl held", of = MARK },
    { "extensions", "integer", min = 0 }, { "cuts", "integer", min = 0 },
    { "recipe", "string" }, { "data", "string" },
    { "run", "sha256", doc = "id of run.yaml" }, { "seen", "record", of = SEEN },
    { "program", "map", of = "scalar", most = 64, required = true },
    { "snapshot_numbers", NUMBERS, of = "real" },
    { "snapshot", "record", of = schema.record { keys = place_rules { { "loss", "real" } } } },
  },
}

local function odd_name(x)
  return x ~= x and "nan" or x > 0 and "inf" or "-inf"
end

-- JSON has no NaN and no infinity; the state may have them (the best value before any).
local function pack(value)
  if type(value) == "table" then
    local out = {}
    for key, item in pairs(value) do
      out[key] = pack(item)
    end
    return #value == 0 and next(value) == nil and json.array(out) or out
  elseif type(value) == "number" and (value ~= value or math.abs(value) == math.huge) then
    return { odd = odd_name(value) }
  end
  return value
end

local function unpack(value)
  if type(value) ~= "table" then
    return value
  elseif type(value.odd) == "string" then
    return ODD[value.odd]
  end
  local out = {}
  for key, item in pairs(value) do
    out[key] = unpack(item)
  end
  return out
end

local function place(run_folder)
  return run_folder .. "/checkpoints"
end

local function path_of(run_folder, step)
  return ("%s/step-%d.safetensors"):format(place(run_folder), step)
end

--- Steps of all checkpoints of a run folder, the latest first.
---@param run_folder string
---@return integer[]
function checkpoint.steps(run_folder)
  local steps = {}
  local folder = stored.path(run_folder, "checkpoints", "dir")
  for _, name in ipairs(folder and file.list(folder) or {}) do
    local step = name:match "^step%-(%d+)%.safetensors$"
    steps[#steps + 1] = step and #step < 18 and math.tointeger(tonumber(step)) or nil
  end
  table.sort(steps, function(a, b)
    return a > b
  end)
  return steps
end

--- Writes the checkpoint of `state.step`: tensors (name -> tensor), and state, a tree of
--- tables, numbers, texts and booleans. Raises when it cannot; the ones before it stay.
---@param run_folder string
---@param tensors table<string, userdata>
---@param state table
---@param wait boolean? false: does not wait for the disk
function checkpoint.write(run_folder, tensors, state, wait)
  next_folder.make(place(run_folder))
  safetensors.write(path_of(run_folder, state.step), tensors,
    { format = FORMAT, state = json.encode(pack(state)) }, wait)
end

-- The SHA-256 that version 1.0 kept: over state and numbers, not over names and shapes.
local function digest_of(reader, path)
  local input <close> = assert(file.open(path))
  local digest = record.sha256():add(reader.metadata.state)
  return safetensors.add_numbers(digest, reader, input):hex()
end

local function is_whole(reader, path)
  if reader.metadata.seal then
    return reader.intact()
  end
  return digest_of(reader, path) == reader.metadata.sha256
end

--- The checksum of a checkpoint that is open.
---@param reader table of checkpoint.open
---@return string
function checkpoint.seal(reader)
  return reader.metadata.seal or reader.metadata.sha256
end

-- What the file of a step says, its numbers not looked at.
local function open_header(run_folder, step)
  local path = path_of(run_folder, step)
  if not stored.path(run_folder, ("checkpoints/step-%d.safetensors"):format(step)) then
    error(path .. ": is gone", 0)
  end
  local reader = safetensors.open(path)
  local _ <close> = on_error(reader.close)
  local meta = reader.metadata
  if meta.format ~= FORMAT or not meta.state then
    error(path .. ": is no checkpoint of this version of lrrun", 0)
  end
  local ok, state = pcall(json.decode, meta.state)
  if not ok then
    error(("%s: is damaged: its state is no JSON (%s)"):format(path, state), 0)
  end
  reader.state = STATE:check(unpack(state), path)
  if reader.state.step ~= step then
    error(("%s: is the checkpoint of step %d"):format(path, reader.state.step), 0)
  end
  return reader, path
end

-- Names and sizes have to be those of the run, before anything large is read.
local function check_fit(path, reader, tensors)
  local total, found = 0, 0
  for name, tensor in pairs(tensors) do
    local entry = reader.by_name[name]
    local n = 1
    for _, d in ipairs(entry and entry.shape or {}) do
      n = n * d
    end
    if not entry or n ~= #tensor then
      error(("%s: %s"):format(path, not entry and ("has no tensor '%s'"):format(name)
        or ("tensor '%s' has %d numbers, the run has %d"):format(name, n, #tensor)), 0)
    end
    total, found = total + n, found + 1
  end
  local snapshot = reader.by_name.snapshot
  if #reader.entries ~= found + (snapshot and 1 or 0) then
    error(("%s: has %d tensors, the run has %d"):format(path, #reader.entries, found), 0)
  elseif snapshot and (#snapshot.shape ~= 1 or snapshot.shape[1] ~= total) then
    error(("%s: its snapshot does not fit the run"):format(path), 0)
  elseif (snapshot ~= nil) ~= (reader.state.snapshot ~= nil) then
    error(("%s: has one half of a snapshot"):format(path), 0)
  end
end

--- Opens the checkpoint of a step and checks every byte of it. Gives { state, load(name,
--- tensor), by_name, close() }; raises what is wrong.
---@param run_folder string
---@param step integer
---@param tensors table<string, userdata>? of the run that it is for
function checkpoint.open(run_folder, step, tensors)
  local reader, path = open_header(run_folder, step)
  local _ <close> = on_error(reader.close)
  if tensors then
    check_fit(path, reader, tensors)
  end
  if not is_whole(reader, path) then
    error(path .. ": is damaged: its checksum differs", 0)
  end
  return reader
end

--- The latest checkpoint that is whole, or nil where the run has none. `warn` is told of each
--- one that is damaged; where all are, that is raised: a run that stood somewhere does not
--- begin again without a word.
---@param run_folder string
---@param warn fun(message: string)
---@param tensors table<string, userdata>? of the run that it is for
function checkpoint.latest(run_folder, warn, tensors)
  local steps, first = checkpoint.steps(run_folder), nil
  for _, step in ipairs(steps) do
    local ok, reader = pcall(checkpoint.open, run_folder, step, tensors)
    if ok then
      return reader
    end
    limits.check() -- there was no memory to read it: it is not damaged
    first = first or tostring(reader)
    if #steps > 1 then
      warn(tostring(reader))
    end
  end
  if first then
    error(("%s: none of its %d checkpoint%s can be used (%s); take one from a copy of the run, or "
      .. "delete the folder %s to begin again at step 0"):format(run_folder, #steps,
      #steps == 1 and "" or "s", first, place(run_folder)), 0)
  end
  return nil
end

--- What a log held at the latest checkpoint that can be opened, or nil.
---@param run_folder string
---@param which "log"|"step_log" metrics.jsonl or steps.jsonl
---@return { lines: integer, crc: string }?
function checkpoint.log_mark(run_folder, which)
  local ok, steps = pcall(checkpoint.steps, run_folder)
  for _, step in ipairs(ok and steps or {}) do
    local opened, reader = pcall(open_header, run_folder, step)
    if opened then
      reader.close()
      return reader.state[which]
    end
  end
  return nil
end

--- Removes all but the latest `keep` and the one of step `best`.
---@param run_folder string
---@param keep integer
---@param best integer?
function checkpoint.prune(run_folder, keep, best)
  for i, step in ipairs(checkpoint.steps(run_folder)) do
    if i > keep and step ~= best then
      file.remove(path_of(run_folder, step))
    end
  end
end

--- Removes what a killed process left half written. The folder has to be locked.
---@param run_folder string
function checkpoint.sweep(run_folder)
  for _, dir in ipairs { run_folder, place(run_folder) } do
    for _, name in ipairs(file.list(dir) or {}) do
      if name:find "^%.lrrun%.%d+%.%d+%.tmp$" then
        file.remove(dir .. "/" .. name)
      end
    end
  end
end

return checkpoint
