--- freeze: which parameters do not train, or not until a time. A Lua pattern on their names, or a
--- list of those and of tables { pattern, thaw = 3*epochs, statistics = true }; of several that
--- find a name the first counts.
--
-- Gradual unfreezing: Howard and Ruder, arXiv 1801.06146. Layer: util.

local errors = require "lrrun.util.errors"
local options = require "lrrun.util.options"

local freeze = {
  --- What a key takes.
  FORM = "a Lua pattern, or a list of those and of tables, as in { { '^1%.', thaw = 3*epochs } }",
}

local ITEM = options.constructor {
  name = "freeze",
  doc = "Parameters whose name the pattern finds do not train, or not until a time; until then "
    .. "they have no weight decay and no part in norms and clipping, and their updates (Adam's "
    .. "bias correction) count from there.",
  unnamed = true,
  positional = { "match" },
  keys = {
    { "match", "string", required = true, doc = "Lua pattern on the parameter's name" },
    { "thaw", "duration", above = 0,
      doc = "when they begin to train: 3*epochs, 500*steps; never without it" },
    { "statistics", "boolean", default = false,
      doc = "batchnorms whose weight is frozen keep their running statistics, too, and normalise "
        .. "by these" },
  },
  check = function(o, fail)
    if not pcall(string.find, "", o.match) then
      fail("match", "is no Lua pattern: %s", errors.show(o.match))
    elseif o.thaw and o.thaw.unit == "percent" then
      fail("thaw", "is %s, want epochs, steps or samples: a run that is made longer would freeze "
        .. "again what trains", tostring(o.thaw))
    end
  end,
}

--- The items of what a recipe says, each checked; nil where it says nothing.
---@param value string|table|nil
---@return table[]?
function freeze.items(value)
  if value == nil then
    return nil
  end
  local out = {}
  for i, item in ipairs(type(value) == "table" and value or { value }) do
    if type(item) ~= "string" and type(item) ~= "table" then
      local locate = options.registry.freeze.locate -- which the recipe's language gives
      errors.raise(locate and locate(errors.place()), "freeze: item %d is %s, want a Lua pattern, "
        .. "or a table, as in { '^1%%.', thaw = 3*epochs }", i, errors.show(item))
    end
    out[i] = options.is_value(item, "freeze") and item or ITEM(item)
  end
  return out
end

return freeze
