--- Running statistics of batchnorm for weights that are evaluated and do not train: those of the
--- weights that train do not fit them (Izmailov et al., arXiv 1803.05407, section 3.2), so they are
--- taken anew from batches of the training data. Layer: optim.

local statistics = {
  --- Batches where nobody says.
  BATCHES = 50,
}

--- The rule of the key that says how many.
---@param default integer?
---@param what string what they are for
function statistics.rule(default, what)
  return { "batchnorm", "integer", min = 0, default = default,
    doc = "training batches for " .. what .. ": the first ones of the run's first epoch, without "
      .. "augmentation, each time anew; 0: the running statistics of training" }
end

return statistics
