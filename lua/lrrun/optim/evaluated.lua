--- The weights that are to be evaluated, of an optimizer of one's own loop. Layer: optim.

local errors = require "lrrun.util.errors"

local evaluated = {}

--- Raises inside a function that Optimizer:evaluated was given: the parameters there are not those
--- that train.
---@param self table the optimizer
---@param what string method that wants those
function evaluated.check_outside(self, what)
  if self.inside then
    errors.raise(nil, "%s: %s: the function that evaluated was given has not ended: the "
      .. "parameters are those to be evaluated; want it after that", self.kind, what)
  end
end

--- Calls f while the parameters are what is to be evaluated, which of most optimizers is what they
--- are; whatever happens in f, they are then what they were. In f there is no update. Gives what f
--- does.
---@param self table the optimizer
---@param f function
function evaluated.call(self, f)
  if type(f) ~= "function" then
    errors.raise(nil, "%s: evaluated takes a function, found %s", self.kind, errors.show(f))
  elseif self.inside then
    return f()
  end
  self.native:enter()
  self.inside = true
  local result = table.pack(pcall(f))
  self.inside = nil
  self.native:leave()
  if not result[1] then
    error(result[2], 0)
  end
  return table.unpack(result, 2, result.n)
end

return evaluated
