--- The loss for data whose recipe names none. Layer: nn.

local loss = require "lrrun.nn.loss"

---@param dataset table
return function(dataset)
  return dataset.classes and loss.cross_entropy {} or loss.mse {}
end
