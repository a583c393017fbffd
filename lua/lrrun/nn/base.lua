--- The base of a network: a narrower one that has been through the same layers, which the network
--- is to start and to train like (nn/widths.lua). Nothing of it is planned; it is there to be
--- compared with. Layer: nn.

local builder = require "lrrun.nn.builder"
local errors = require "lrrun.util.errors"
local sorted = require "lrrun.util.sorted"

local base = {}

local SHOWN = 4 -- names in a message

--- The base's builder after its layers.
---@param value table a layer
---@param context table as for builder.new
---@param input { shape: integer[], dtype: string, seq: boolean } of the network
function base.build(value, context, input)
  local b = builder.new(context)
  local ok, err = errors.try(function()
    b:layer(value, b:input("x", input.shape, { dtype = input.dtype, seq = input.seq,
      grad = false }))
  end)
  if not ok then
    errors.raise(errors.is(err) and err.where or value.where, "transfer: the base network: %s",
      errors.message(err))
  end
  return b
end

-- Names of tensors that `a` has and `b` has not, as a text; nil where there are none.
local function beside(a, b)
  local list = {}
  for name in sorted.pairs(a.made) do
    list[#list + 1] = not b.made[name] and name or nil
  end
  local text = table.concat(list, ", ", 1, math.min(#list, SHOWN))
  return list[1] and (#list > SHOWN and ("%s and %d more"):format(text, #list - SHOWN) or text)
end

--- Raises where the network's builder has other tensors than its base.
---@param value table the network's layer
---@param b table
function base.check(value, b)
  local own, other = beside(b, b.context.base), beside(b.context.base, b)
  if own or other then
    errors.raise(value.where, "transfer: the network has other tensors than its base: %s; only "
      .. "widths may differ, not depth or kinds of layers", own and "here alone " .. own
      or "in the base alone " .. other)
  end
end

--- Whether a network has grown against its base in any way.
---@param b table its builder
---@return boolean
function base.is_grown(b)
  for _, found in pairs(b.widths) do
    if found.role ~= "fixed" then
      return true
    end
  end
  return false
end

return base
