--- Optimizers of the recipe language: `optim.adam { lr = 1e-3 }`. Which there are, C's list
--- says; each has a file of its name here.
--
-- Layer: optim.

local native = require "lrrun.native.optim"

local optim = {}
for _, name in ipairs(native.names()) do
  optim[name] = require("lrrun.optim." .. name)
end

return optim
