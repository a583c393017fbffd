--- Ranks that train together have to mean the same training: a recipe of another rate on one of
--- them would move its weights alone, and no sum would tell. Layer: train.

local json = require "lrrun.record.json"
local options = require "lrrun.util.options"
local plain = require "lrrun.recipe.plain"
local ranks = require "lrrun.util.ranks"
local sys = require "lrrun.native.sys"
local weights = require "lrrun.record.weights"

local FREE = { name = true } -- what may be another on each

--- Raises where a rank has another recipe, other data or other weights to begin with.
---@param run table of prepare.run, before its first update
return function(run)
  if ranks.count() == 1 then
    return
  end
  local r, parts = run.recipe, {}
  for _, rule in ipairs(options.descriptor(r).keys) do
    local key = rule[1]
    if not FREE[key] then
      parts[#parts + 1] = { what = ("'%s' in the recipe"):format(key),
        text = json.encode(plain(r.opts[key])) }
    end
  end
  parts[#parts + 1] = { what = "contents of the data", text = run.dataset.fingerprint }
  parts[#parts + 1] = { what = "batch and number of updates",
    text = ("%d %d"):format(run.dataset.batch, run.clock.total_steps) }
  parts[#parts + 1] = { what = "weights to begin with",
    text = r.opts.init and weights.digest(run.model.graph) or "" }
  if r.opts.precision == "bf16" and r.opts.repro ~= "portable" then
    parts[#parts + 1] = { what = "order of sums in bf16 (--portable has one)",
      text = sys.bf16_order() }
  end
  ranks.check_same(parts)
end
