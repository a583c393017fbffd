--- Optimizers of the recipe language: `optim.adam { lr = 1e-3 }`.
--
-- Layer: optim.

local NAMES = {
  "sgd", "adam", "adamw", "adamax", "nadam", "radam", "rmsprop", "adagrad", "adadelta",
  "rprop", "lion", "lamb",
}

local optim = {}
for _, name in ipairs(NAMES) do
  optim[name] = require("lrrun.optim." .. name)
end

return optim
