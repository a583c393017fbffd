--- How large activations are, and how far updates move them: what a coordinate check compares over
--- widths.
--
-- A recipe is trained for some updates at one rate, its peak, and after each its first batch goes
-- through the network again, as in training: the same values are dropped, batchnorm goes by the
-- batch. Source: Yang et al., arXiv 2203.03466, appendix D.1. Layer: train.

local host = require "lrrun.native.host"
local measure = require "lrrun.native.measure"
local options = require "lrrun.util.options"
local prepare = require "lrrun.train.prepare"

local coordinates = {}

-- The recipe at one rate, without what watches a run or averages its weights.
local function plain_of(r, lr, seed)
  local data = r.opts.data
  if data.opts.augment ~= nil then
    data = options.with(data, {}, { "augment" })
  end
  return options.with(r, { seed = seed, data = data,
    optimizer = options.with(r.opts.optimizer, { lr = lr }) },
    { "schedule", "ema", "on", "stop", "checkpoint", "on_divergence", "metrics", "validate", "log",
      "squeeze", "objective", "init" })
end

-- The layers that are looked at: those with parameters of their own, and sums of both ways around.
local function layers_of(m)
  local out = {}
  for _, row in ipairs(m.builder.rows) do
    local _, _, dtype = m.builder:shape(row.y)
    local own = false
    for name in pairs(m.builder.made) do
      own = own or name:match "^(.*)%.[^.]+$" == row.name
    end
    if dtype == "real" and (own or row.value.kind == "nn.residual") then
      out[#out + 1] = { name = row.name, kind = row.value.kind, node = row.y, sizes = {},
        changes = {} }
    end
  end
  return out
end

local function copy_of(batch)
  local out = {}
  for key, item in pairs(batch) do
    out[key] = type(item) == "userdata" and item:copy() or item
  end
  return out
end

-- Forward, and backward where it is an update's. again: nothing of it is kept.
local function pass(run, batch, step, how)
  local m = run.model
  local feed = m:feed(batch)
  feed.train, feed.again, feed.seed, feed.step = true, how.again, run.recipe.opts.seed, step
  m.graph:forward(feed)
  if how.backward then
    m.graph:backward()
  end
end

local function look(run, layers, first, step)
  pass(run, first, 0, { again = true })
  for _, layer in ipairs(layers) do
    local now = run.model.graph:tensor(layer.node)
    layer.first = layer.first or now:copy()
    layer.sizes[step + 1] = measure.size(now)
    layer.changes[step + 1] = measure.size(now, layer.first)
  end
end

local function update(run, batch, step)
  pass(run, batch, step, { again = false, backward = true })
  run.optimizer:update { clock = run.clock, clip = run.recipe.opts.clip,
    again = function()
      pass(run, batch, step, { again = true, backward = true })
    end }
end

-- Batches without an end.
local function batches_of(run)
  local epoch, next_batch = 0, nil
  return function()
    local batch = next_batch and next_batch()
    while not batch do
      epoch = epoch + 1
      next_batch = run.dataset:batches("train", epoch, { scaled = run.loss.scales })
      batch = next_batch()
    end
    return batch
  end
end

--- Trains a resolved recipe for some updates: list of { name, kind, sizes, changes }, a layer each,
--- with the mean of |activation| before the first update and after each, and the mean of how far it
--- has moved since; and the run's data. o: lr, steps, seed.
---@param r table
---@param ctx table of prepare.run
---@param o { lr: number, steps: integer, seed: integer }
---@return table[] layers, table dataset
function coordinates.of(r, ctx, o)
  local run <close> = prepare.run(plain_of(r, o.lr, o.seed), ctx)
  local m, next_batch = run.model, batches_of(run)
  local layers = layers_of(m)
  m.extra = {}
  for i, layer in ipairs(layers) do
    m.extra[i] = layer.node
  end
  m:plan(m.batch)
  local batch = next_batch()
  local first = copy_of(batch)
  look(run, layers, first, 0)
  for step = 1, o.steps do
    host.refresh()
    update(run, batch, step - 1)
    look(run, layers, first, step)
    batch = next_batch()
  end
  for _, layer in ipairs(layers) do
    layer.first, layer.node = nil, nil
  end
  return layers, run.dataset
end

return coordinates
