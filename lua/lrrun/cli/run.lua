--- `lrrun RECIPE`: trains. A script that returns no recipe was run for its effects.
--
-- Layer: cli.

local errors = require "lrrun.util.errors"
local load = require "lrrun.cli.load"

return function(call)
  local value = load.script(call, { makes = not call.flags.trusted })
  if value ~= nil then
    errors.raise(call.args[1], "returned %s, want a recipe or nothing", errors.show(value))
  end
  return 0
end
