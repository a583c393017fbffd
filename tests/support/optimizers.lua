--- Every optimizer of the language, made and used alike: those that need more than a rate have it.

local optim = require "lrrun.optim"

local optimizers = {}

local MADE = {
  sam = function(keys)
    return optim.sam { base = optim.adam(keys), rho = 0.1 }
  end,
  lbfgs = function(keys)
    return optim.lbfgs { lr = keys.lr, max_iter = 3 }
  end,
}

--- An optimizer with these keys, or with what stands for them.
---@param name string
---@param keys table lr, and weight_decay
function optimizers.make(name, keys)
  return (MADE[name] or optim[name])(keys)
end

--- One update with these gradients wherever they are asked for.
---@param opt table a bound optimizer
---@param grads table<string, userdata>
function optimizers.update(opt, grads)
  return opt:update {
    grads = grads, loss = 1,
    again = function()
      return grads, 1
    end,
  }
end

return optimizers
