--- The targets of a first batch, as they are or as they are learned: to compare their size with
--- what a network can give. Layer: plan.

---@param run table of prepare.run
---@param scaled boolean by target_means, where the data have them
---@return number[]
return function(run, scaled)
  local loader = run.dataset:loader { split = "train", augment = {}, prefetch = false,
    scaled = scaled }
  return loader:next().y:values()
end
