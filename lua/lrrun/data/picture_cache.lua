--- The key `cache` of data.images: pictures that stay in their files are kept, once they are
--- decoded, in a file without a name on the disk of the runs, and what is said of it. Layer: data.
--
-- It is gone with the process and changes no bit of a run. Only who trains has one: what goes over
-- pictures once gains nothing by it.

local current = require "lrrun.util.current"
local scratch = require "lrrun.data.scratch"
local targets = require "lrrun.data.targets"

local picture_cache = {}

picture_cache.KEY = { "cache", "boolean", default = true,
  doc = "of pictures that stay in their files: true: each is decoded once and then read from a "
    .. "file without a name beside the runs, which takes as much disk as they would memory and is "
    .. "gone with the run; false: each is decoded whenever it is used. Figures are the same" }

--- Where the native module keeps them, or nil.
---@param o table options of data.images
---@return string?
function picture_cache.folder(o)
  return o.cache and scratch.folder() or nil
end

--- Says where pictures are kept, or why they are not.
---@param native userdata the data set
---@param told table as images:dataset gives it
---@param o table options of data.images
---@param notes string[]
function picture_cache.say(native, told, o, notes)
  local asked = current.request()
  local bytes = native:info().stored
  if bytes == 0 or not o.cache then
    return
  elseif told.no_cache then
    targets.say(notes, "each picture is decoded whenever it is used, as none is kept: %s",
      told.no_cache)
  elseif told.cached > 0 then
    local n = native:info().n
    targets.say(notes, "each picture is decoded once and kept in %s, in a file without a name that "
      .. "takes %s of the disk and is gone with the run; cache = false decodes it whenever it is "
      .. "used%s", asked.scratch_dir, require("lrrun.data.stored").size(bytes), told.cached < n
      and ("; %d of %d could not be written and are decoded so"):format(n - told.cached, n) or "")
  elseif asked.plan_dir then
    targets.say(notes, "training decodes each picture once and keeps it in %s, in a file without a "
      .. "name that takes %s of the disk (cache = false: it does not)", asked.plan_dir,
      require("lrrun.data.stored").size(bytes))
  end
end

return picture_cache
