--- A probed update as rules go by it: a few numbers, which checkpoints keep. Layer: notes.
--
-- step; update: how far it moved the weights of the middle layer, as a share of their size; top:
-- of the layer that it moved most; layers: how many have weights that train; depth: the gradient's
-- norm of the first of them by the last one's (nil where that is 0);
-- dead, units and layer: of the ReLU with the largest share of dead units; samples: that it was
-- found on; kept: what clipping left of the gradient's norm; lr: its rate; val and train: the
-- losses of the evaluation behind it (notes/init.lua adds these three).

local seen = require "lrrun.notes.seen"

local probe = {}

-- Weights of layers that trained in update `step`, in the network's order; biases begin at 0 and
-- have no size.
local function layers_of(run, step, weights)
  local out = {}
  for i, s in ipairs((run.model.graph:segments())) do
    if s.trains and #s.shape > 1 and run.optimizer:first_of(i) < step then
      out[#out + 1] = weights[i]
    end
  end
  return out
end

local function add_updates(out, layers)
  local shares = {}
  for _, item in ipairs(layers) do
    shares[#shares + 1] = item.weight > 0 and item.update / item.weight or nil
  end
  table.sort(shares)
  out.update, out.top = shares[(#shares + 1) // 2], shares[#shares]
end

local function add_depth(out, layers)
  local first, last = layers[1], layers[#layers]
  out.layers = #layers
  if last.gradient > 0 then
    out.depth = first.gradient / last.gradient
  end
end

local function add_dead(out, run, found)
  local share = 0
  for _, item in ipairs(found.relu) do
    if item.dead / item.units > share then
      share = item.dead / item.units
      out.dead, out.units, out.layer = item.dead, item.units, seen.layer(run, item.node)
    end
  end
  out.samples = found.samples
end

--- What was seen of the update before the evaluation at `step`.
---@param run table
---@param step integer
---@param found table what the session's probe gave
function probe.of(run, step, found)
  local out = { step = step, kept = found.kept }
  local layers = layers_of(run, step, found.weights)
  add_updates(out, layers)
  if #layers > 0 then
    add_depth(out, layers)
  end
  add_dead(out, run, found)
  return out
end

return probe
