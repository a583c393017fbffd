--- Checkpoints of a run folder: checkpoints/step-<n>.safetensors, each with everything that
--- the next step depends on.
--
-- The tensors are safetensors as any, and the rest is JSON in the metadata; a SHA-256 over
-- both is kept beside it and compared when a checkpoint is read. A file is put in place
-- whole (os/file.h), so that a kill at any moment leaves the ones before it. Layer: runs.

local file = require "lrrun.native.file"
local next_folder = require "lrrun.record.next_folder"
local json = require "lrrun.record.json"
local on_error = require "lrrun.util.on_error"
local record = require "lrrun.native.record"
local safetensors = require "lrrun.record.safetensors"

local checkpoint = {}

local FORMAT = "lrrun.checkpoint.1"
local CHUNK = 1 << 20
local ODD = { nan = 0 / 0, inf = math.huge, ["-inf"] = -math.huge }

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
  for _, name in ipairs(file.list(place(run_folder)) or {}) do
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
  local text = json.encode(pack(state))
  local digest = record.sha256():add(text)
  for _, name in ipairs(safetensors.order(tensors)) do
    digest:add(tensors[name])
  end
  safetensors.write(path_of(run_folder, state.step), tensors,
    { format = FORMAT, state = text, sha256 = digest:hex() }, wait)
end

local function digest_of(reader, path)
  local input <close> = assert(file.open(path))
  local digest = record.sha256():add(reader.metadata.state)
  local at, size = reader.start, input:size()
  while at < size do
    local n = math.min(CHUNK, size - at)
    digest:add(assert(input:read(at, n)))
    at = at + n
  end
  return digest:hex()
end

--- Opens the checkpoint of a step and checks every byte of it. Gives { state, load(name,
--- tensor), by_name, close() }; raises what is wrong.
---@param run_folder string
---@param step integer
function checkpoint.open(run_folder, step)
  local path = path_of(run_folder, step)
  local reader = safetensors.open(path)
  local _ <close> = on_error(reader.close)
  local meta = reader.metadata
  if meta.format ~= FORMAT or not meta.state then
    error(path .. ": is no checkpoint of this version of lrrun", 0)
  elseif digest_of(reader, path) ~= meta.sha256 then
    error(path .. ": is damaged: its checksum differs", 0)
  end
  reader.state = unpack(json.decode(meta.state))
  return reader
end

--- The latest checkpoint that is whole, or nil where there is none. `warn` is told of each
--- one that is damaged.
---@param run_folder string
---@param warn fun(message: string)
function checkpoint.latest(run_folder, warn)
  for _, step in ipairs(checkpoint.steps(run_folder)) do
    local ok, reader = pcall(checkpoint.open, run_folder, step)
    if ok then
      return reader
    end
    warn(tostring(reader))
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
