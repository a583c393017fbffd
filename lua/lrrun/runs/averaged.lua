--- The mean of the weights that the latest checkpoints of a run would be evaluated with: what an
--- average over the run's end would have been (LAWA: Kaddour, arXiv 2209.14981), without having
--- been asked for. Running statistics are taken anew at the mean. Layer: runs.

local averaging = require "lrrun.train.averaging"
local checkpoint = require "lrrun.runs.checkpoint"
local folder = require "lrrun.runs.folder"
local on_error = require "lrrun.util.on_error"
local reload = require "lrrun.runs.reload"
local state_of = require "lrrun.runs.state"

local averaged = {}

-- The latest n, the oldest of them first.
local function chosen(settings, n)
  local all, out = checkpoint.steps(settings.folder), {}
  if #all < n then
    local kept = {}
    for i, step in ipairs(all) do
      kept[#all + 1 - i] = ("%d"):format(step)
    end
    error(("%s has %d checkpoint%s%s, want %d; a run keeps its latest two and the best one: "
      .. "checkpoint = { every = 1*epochs, keep = %d } in the recipe keeps as many"):format(
      settings.folder, #all, #all == 1 and "" or "s", #all > 0 and (" (of update%s %s)"):format(
      #all == 1 and "" or "s", table.concat(kept, ", ")) or "", n, n), 0)
  end
  for i = n, 1, -1 do
    out[#out + 1] = all[i]
  end
  return out
end

local function gather(run, steps)
  for _, step in ipairs(steps) do
    local reader <close> = checkpoint.open(run.folder, step, run.session:tensors())
    state_of.load_session(run, reader)
    run.session:mean_add()
  end
  run.session:mean_take()
end

--- The network of a run folder (reload.settings) with the mean of its n latest checkpoints, as
--- reload.network gives it; their steps; and of how many batches running statistics were taken.
--- Raises where there are fewer, or where one is damaged.
---@param settings table
---@param n integer
---@return table run, { steps: integer[], batchnorm: integer }
function averaged.network(settings, n)
  local steps = chosen(settings, n)
  local run = reload.run(settings, { init = false, statistics = averaging.BATCHES })
  local _ <close> = on_error(function()
    run:close()
  end)
  local text = folder.recipe(settings)
  run.recipe_hash, run.id = text and folder.sha256(text), settings.id
  gather(run, steps)
  run:close() -- the network stays
  return run, { steps = steps, batchnorm = averaging.batches(run, averaging.BATCHES) }
end

return averaged
