--- What `transfer` of a recipe does to each tensor, as a plan shows it. Layer: plan.

local describe = require "lrrun.util.describe"
local json = require "lrrun.record.json"
local sorted = require "lrrun.util.sorted"

-- "width = 64", or the network itself.
local function base_text(t)
  if not t.base then
    return describe.value(t.network)
  end
  local parts = {}
  for name, value in sorted.pairs(t.base) do
    parts[#parts + 1] = ("%s = %s"):format(name, tostring(value))
  end
  return table.concat(parts, ", ")
end

-- Layers of attention whose heads have grown: what their scores are multiplied by beside
-- 1 / sqrt(head size).
local function scores_of(b)
  local out, base = json.array {}, b.context.base
  for full, size in sorted.pairs(base and b.facts or {}) do
    local before = base.facts[full]
    out[#out + 1] = before ~= size and { name = full:match "^(.*)%.[^.]*$" or "", size = size,
      base = before, factor = math.sqrt(before / size) } or nil
  end
  return out
end

--- { kind, base = text, tensors = list of { name, role, m_in, m_out, init, lr, weight_decay, eps,
--- output }, scores = list of { name, size, base, factor } } of a run whose recipe has it; nil of
--- others. init: what the layer's own start at this width is multiplied by; lr, weight_decay, eps:
--- factors on the optimizer's numbers, whatever they are for; output: on what the tensor is
--- multiplied with on the way forward.
---@param run table
return function(run)
  local t = run.recipe.opts.transfer and run.recipe.opts.transfer.opts
  if not t then
    return nil
  end
  local out = { kind = t.kind, base = base_text(t), tensors = json.array {},
    scores = scores_of(run.model.builder) }
  local config = run.optimizer.config
  for i, name in ipairs(run.optimizer.names) do
    local w, f = run.model.builder.widths[name], config.factors[config.group_of[i]]
    out.tensors[#out.tensors + 1] = w and { name = name, role = w.role, m_in = w.m_in,
      m_out = w.m_out, init = w.start, lr = f.lr or 1, weight_decay = f.weight_decay or 1,
      eps = f.eps or 1, output = w.forward } or nil
  end
  return out
end
