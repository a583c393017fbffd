-- Damages what good runs left, one thing at a time, and uses it: there is never a wrong result
-- without a word, never a message from inside, never a hang.
-- Usage: lrrun --trusted tests/damage/run.lua [N [SEED [FIRST [SUITE]]]]: N cases of each suite
-- from case FIRST on (1), or of SUITE alone (folders, studies, tokens). The last line is "N passed,
-- N failed".

package.path = "tests/?.lua;" .. package.path

local tally = require "support.tally"
local sandbox = require "lrrun.sandbox"

require("lrrun.language").load_all()
sandbox.is_locked = function() -- a hundred cases share this process
  return true
end
sandbox.seconds, sandbox.bytes = 1e6, 1 << 40

local n, seed, first = tonumber(arg[1] or 100), tonumber(arg[2] or 1), tonumber(arg[3] or 1)
for _, name in ipairs { "folders", "studies", "tokens" } do
  if not arg[4] or arg[4] == name then
    require("damage." .. name)(math.tointeger(n), math.tointeger(seed), math.tointeger(first))
  end
end
tally.finish()
