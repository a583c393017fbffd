--- Tokens and classes are taken as reals too, which tensor.new makes when nothing else is said.
-- Layer: nn.

local tensor = require "lrrun.native.tensor"

--- `x` as a tensor of whole numbers where `dtype` says that these are wanted; else as it is.
---@param x any what stands in the place of a tensor
---@param dtype string
return function(x, dtype)
  local mt = dtype == "i32" and type(x) == "userdata" and debug.getmetatable(x)
  if mt and mt.__name == "lrrun.tensor" and x:dtype() == "real" then
    return tensor.new(x:shape(), x:values(), "i32")
  end
  return x
end
