--- What the verbs on a run say of the precision of its products: that it is another than f32, or
--- another than it was trained with. Layer: cli.

local sys = require "lrrun.native.sys"

--- Says it, and puts it into the document.
---@param out table
---@param run table of reload.network
---@param document table
return function(out, run, document)
  local settings = run.settings.settings
  local then_ = type(settings) == "table" and settings.precision == "bf16" and "bf16" or "f32"
  local now = run.recipe.opts.precision
  if now == "f32" and then_ == now then
    return
  end
  document.products = now -- precision is a metric
  local unit = now == "bf16" and sys.bf16_unit(run.recipe.opts.repro == "portable")
  out:note("matrix products in %s%s, %s", now, unit and (" (%s)"):format(unit) or "",
    now == then_ and "as in training" or ("where training had %s"):format(then_))
end
