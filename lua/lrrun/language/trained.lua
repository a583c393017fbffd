--- A trained run as a recipe sees it: the second value of train.fit. train.evaluate and
--- train.predict take it; `model` is its network (params, buffers, forward, ...). All else of
--- the run is not for recipes. Layer: language.

local errors = require "lrrun.util.errors"
local reload = require "lrrun.runs.reload"

local trained = {}

local SHOWN = { model = true }

local runs = setmetatable({}, { __mode = "k" }) -- handle -> run

local Handle = {
  __index = function(handle, key)
    if not SHOWN[key] then
      errors.raise(nil, "a trained run shows no %s to recipes, only 'model'", errors.show(key))
    end
    return runs[handle][key]
  end,
  __newindex = function(_, key)
    errors.raise(nil, "a trained run is read-only: '%s' cannot be set", tostring(key))
  end,
  __name = "run",
  __metatable = "run",
}

--- The handle of a run.
---@param run table
function trained.new(run)
  local handle = setmetatable({}, Handle)
  runs[handle] = run
  return handle
end

--- The run that a script means: by its handle, by its result, or by its folder's path.
---@param who string for messages
---@param what any
---@param opts { kept: boolean? }? of reload.network
function trained.run(who, what, opts)
  if type(what) == "table" and runs[what] then
    return runs[what]
  end
  local path = type(what) == "table" and what.run or what
  if type(path) ~= "string" then
    errors.raise(nil, "%s: want what train.fit gave or the path of a run folder, got %s", who,
      type(what) == "table" and "a result without a run folder" or errors.show(what))
  end
  local ok, run = errors.try(reload.network, path, opts)
  if not ok and errors.is(run) then
    errors.raise(nil, "%s: %s", who, tostring(run))
  elseif not ok then
    error(run, 0)
  end
  return run
end

return trained
