--- The tensors that loops of one's own give an optimizer. Layer: optim.

local counted = require "lrrun.util.counted"
local errors = require "lrrun.util.errors"

local tensors = {}

--- Names of the tensors that bind was given, in order.
function tensors.names(given)
  local names = {}
  for name in pairs(given) do
    if type(name) ~= "string" then
      errors.raise(nil, "optim: bind takes { name = tensor } or a model; found a key %s",
        errors.show(name))
    end
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

-- The type of a tensor's numbers, or nil and what it is that is none.
local function dtype_of(t)
  if type(t) ~= "userdata" then
    return nil, errors.show(t)
  end
  local ok, dtype = errors.raw_pcall(function()
    return t:dtype()
  end)
  return ok and dtype or nil, "another object, or a tensor that is closed"
end

--- Raises where t is no tensor of real numbers, of `count` where that is given.
function tensors.check(self, what, name, t, count)
  local dtype, found = dtype_of(t)
  if not dtype then
    errors.raise(nil, "%s: '%s' has no tensor '%s', found %s", self.kind, what, name, found)
  elseif dtype ~= "real" then
    errors.raise(nil, "%s: '%s': tensor '%s' is of integers, want real numbers", self.kind, what,
      name)
  elseif count and #t ~= count then
    errors.raise(nil, "%s: '%s': tensor '%s' has %s, want %d", self.kind, what, name,
      counted(#t, "value"), count)
  end
end

return tensors
