--- A loss used alone: loss = nn.mse():build(shape, { batch = n }), loss:forward(x, target),
--- loss:backward(). shape is one sample's prediction.
-- Layer: nn.

local builder = require "lrrun.nn.builder"
local values = require "lrrun.util.values"
local whole = require "lrrun.nn.whole"

local alone = {}

local Alone = {}
local Mt = { __name = "loss" }

function alone.build(value, shape, opts)
  local b = builder.new()
  local self = setmetatable({ graph = b.graph, value = value }, Mt)
  self.x = b.graph:input(shape, "real", false, true)
  local dtype, target_shape = value:target(shape)
  self.dtype = dtype
  self.target = b.graph:input(target_shape, dtype, false, false)
  b.value = value
  self.y = value:add(b, self.x, self.target)
  b.graph:plan({ self.y }, opts and opts.batch or 1, true)
  return self
end

--- The mean loss of predictions x (n, shape...) and targets.
function Alone:forward(x, target)
  local inputs = { [self.x] = x, [self.target] = whole(target, self.dtype) }
  return (self.graph:forward { inputs = inputs, train = true })
end

--- The gradient of x, a view.
function Alone:backward()
  self.graph:backward()
  return self.graph:grad(self.x)
end

Mt.__index = values.guarded(Alone, Mt, "loss")

return alone
