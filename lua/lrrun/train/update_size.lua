--- Whether what an update is made of, batches and their shards, suits the recipe. Layer: train.

local errors = require "lrrun.util.errors"
local locate = require "lrrun.recipe.locate"
local options = require "lrrun.util.options"
local ranks = require "lrrun.util.ranks"

local update_size = {}

--- An optimizer that searches wants the gradients of all samples, as they are.
function update_size.check_search(r, dataset, loader, per_epoch)
  local value = r.opts.optimizer
  if not options.descriptor(value).searches then
    return
  elseif r.opts.clip then
    errors.raise(locate.key(r.where, "clip"), "recipe: clip would change the gradients that %s "
      .. "searches by; leave it out", value.kind)
  elseif per_epoch > 1 then
    errors.raise(value.where, "%s: an update needs all %d training samples, and has %d: want "
      .. "data = %s { batch = \"all\" }, or accumulate = %d where memory is short", value.kind,
      loader:samples(), math.min(loader:samples(), dataset.batch * r.opts.accumulate),
      dataset.kind, loader:count())
  end
end

--- A shard without a sample is in every batch, and for nothing; one that is whole has work for one
--- rank alone.
function update_size.check_shards(r, dataset)
  if ranks.count() > 1 and r.opts.shards == 1 then
    errors.raise(r.where, "recipe: %d ranks were started, and the recipe has one shard, "
      .. "which is work for one: want shards = 8 in the recipe, or --set shards=8", ranks.count())
  end
  if r.opts.shards > dataset.batch then
    errors.raise(locate.key(r.where, "shards"), "recipe: 'shards' is %d, and a batch has %d "
      .. "samples; want at most as many", r.opts.shards, dataset.batch)
  end
end

return update_size
