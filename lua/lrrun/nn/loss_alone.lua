--- A loss used alone: loss = nn.mse():build(shape, { batch = n }), loss:forward(x, target),
--- loss:backward(). shape is one sample's prediction.
-- Layer: nn.

local builder = require "lrrun.nn.builder"
local counted = require "lrrun.util.counted"
local errors = require "lrrun.util.errors"
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
  self.dtype, self.classes, self.steps = dtype, shape[#shape], #shape > 1 and shape[1] or nil
  self.target = b.graph:input(target_shape, dtype, false, false)
  b.value = value
  self.y = value:add(b, self.x, self.target)
  b.graph:plan({ self.y }, opts and opts.batch or 1, true)
  return self
end

-- An operator makes NaN of a class out of range. Data sets have theirs checked when they are
-- opened, and what is given here is checked here.
local function check_classes(self, target)
  local mt = type(target) == "userdata" and debug.getmetatable(target)
  if self.dtype ~= "i32" or not mt or mt.__name ~= "lrrun.tensor" then
    return
  end
  for i, class in ipairs(target:values()) do
    if class < 0 or class >= self.classes then
      local at = self.steps and ("sample %d, step %d,"):format((i - 1) // self.steps + 1,
        (i - 1) % self.steps + 1) or ("sample %d"):format(i)
      errors.raise(nil, "%s: the target of %s is class %d, want 0 to %d: the predictions are of "
        .. "%s, counted from 0", self.value.kind, at, class, self.classes - 1,
        counted(self.classes, "class", "classes"))
    end
  end
end

--- The mean loss of predictions x (n, shape...) and targets.
function Alone:forward(x, target)
  target = whole(target, self.dtype)
  check_classes(self, target)
  local inputs = { [self.x] = x, [self.target] = target }
  return (self.graph:forward { inputs = inputs, train = true })
end

--- The gradient of x, a view.
function Alone:backward()
  self.graph:backward()
  return self.graph:grad(self.x)
end

Mt.__index = values.guarded(Alone, Mt, "loss")

return alone
