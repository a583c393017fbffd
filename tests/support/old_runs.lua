-- Run folders as versions before checksums left them.

local checkpoint_step = "^step%-%d+%.safetensors$"
local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local yaml = require "lrrun.record.yaml"

local old_runs = {}

local NEWER = { "id", "digests", "sha256", "own", "log", "files", "run" }

local function without(t, names)
  for _, name in ipairs(names) do
    t[name] = nil
  end
  return t
end

--- Rewrites run.yaml of a run folder: f changes what it says; checksums are left out.
---@param run string
---@param f fun(settings: table)?
function old_runs.change(run, f)
  local settings = yaml.decode((file.read(run .. "/run.yaml")))
  without(settings, { "id", "digests", "sha256", "own", "sealed" })
  if f then
    f(settings)
  end
  file.write(run .. "/run.yaml", yaml.encode(settings))
end

--- Takes away all checksums that there were not: run.yaml's, result.json's, those of lines.
--- Checkpoints stay (they are of a run with an id) unless it has none.
---@param run string
function old_runs.make(run)
  old_runs.change(run)
  local text = file.read(run .. "/result.json")
  if text then
    local result = without(json.decode(text), NEWER)
    file.write(run .. "/result.json", json.encode(result, { indent = true }) .. "\n")
  end
  for _, name in ipairs { "metrics.jsonl", "history.jsonl" } do
    local lines = file.read(run .. "/" .. name)
    if lines then
      file.write(run .. "/" .. name, (lines:gsub(',"crc":"%x+"}\n', "}\n")))
    end
  end
  for _, name in ipairs(file.list(run .. "/checkpoints") or {}) do
    if name:find(checkpoint_step) then
      file.remove(run .. "/checkpoints/" .. name)
    end
  end
end

return old_runs
