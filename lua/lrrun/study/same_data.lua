--- Whether the data of a study are those that it began with: trials on other data are no part of
--- it. study.json has their fingerprint, and the recipe's data are looked at whenever a study is
--- opened. Layer: study.

local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local limits = require "lrrun.limits"
local opening = require "lrrun.study.opening"
local records = require "lrrun.study.records"
local stored = require "lrrun.record.stored"

local same_data = {}

-- The data as a trial opens them; nil where they cannot be opened, which is for trials to say.
local function open(r, data_seed)
  local request, o = current.request(), opening.with_data_seed(r, data_seed).opts
  local ok, dataset = pcall(o.data.open, o.data, {
    seed = o.seed, data_dir = request.data_dir, recipe_dir = request.recipe_dir,
    threads = request.threads, loss = o.loss,
  })
  if not ok then
    limits.check()
    return nil
  end
  return dataset
end

--- Raises where the data are others than what study.json of this folder says. Gives what it is to
--- say.
---@param who string for the message
---@param place string the study's folder
---@param r table the resolved recipe; of a search that with the middle of each dimension
---@param data_seed integer? that trials draw their validation split from
---@return { data: string?, data_kind: string? }
function same_data.check(who, place, r, data_seed)
  local ok, kept = pcall(stored.read, records.STUDY, place, "study.json")
  local before = ok and kept or {}
  local dataset = open(r, data_seed)
  local now = dataset and dataset.native and dataset.fingerprint or nil
  if now and before.data and before.data ~= now then
    errors.raise(r.opts.data.where, "%s: %s holds other data than when the study %s began: want "
      .. "SHA-256 %s, found %s; bring them back, or begin another study (--out, or remove the "
      .. "folder)", who, dataset.kind, place, before.data, now)
  end
  return { data = now or before.data, data_kind = dataset and dataset.kind or before.data_kind }
end

return same_data
