--- Which tables are values of the recipe language.
--
-- A constructor's values have a metatable of its descriptor's, which no recipe can reach; those
-- metatables are entered here, and nothing else makes a table a value: not its `kind`, and not
-- what its own metatable says. So what is taken for a layer or a recipe was made and checked by
-- a constructor. Layer: util.

local errors = require "lrrun.util.errors"
local explain = require "lrrun.util.explain"

local values = {}

local raw_metatable = debug.getmetatable

local descriptors = setmetatable({}, { __mode = "k" }) -- metatable -> descriptor

--- Makes tables with the metatable `mt` values of a constructor.
---@param mt table
---@param desc table
function values.enter(mt, desc)
  descriptors[mt] = desc
end

--- The descriptor of a value made by a constructor, or nil.
---@param value any
---@return table?
function values.descriptor(value)
  local mt = type(value) == "table" and raw_metatable(value)
  return mt and descriptors[mt] or nil
end

--- The constructor's name of a value, or nil.
---@param value any
---@return string?
function values.kind(value)
  local desc = values.descriptor(value)
  return desc and desc.name
end

--- Methods that take only objects with the metatable `mt`: called with another value, each raises
--- what it wants. Gives a copy.
---@param methods table<string, any>
---@param mt table
---@param who string "nn.linear", "model": whose methods they are
---@return table<string, any>
function values.guarded(methods, mt, who)
  local out = {}
  for name, f in pairs(methods) do
    if type(f) == "function" then
      explain.names[f] = who .. ":" .. name
    end
    out[name] = type(f) ~= "function" and f or function(self, ...)
      if raw_metatable(self) ~= mt then
        errors.raise(nil, "%s: %s: want that of which it is a method, got %s; methods are called "
          .. "with ':'", who, name, errors.show(self))
      end
      return f(self, ...)
    end
  end
  return out
end

return values
