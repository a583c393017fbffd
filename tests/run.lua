-- Runs the specs with busted inside lrrun, where the native modules are.
-- Usage: lrrun --trusted tests/run.lua [busted's arguments]; default: tests/spec.
-- The last line is "N passed, N failed"; the exit status is 0 only when none failed.
-- THREADS in the environment: that many threads (default: one, but where specs say otherwise).

package.path = "tests/?.lua;" .. package.path

local options = {}
for i = 1, #arg do
  options[i] = arg[i]
end
arg = { [-1] = arg[-1], [0] = arg[0], "--output=support.output", table.unpack(options) }
local has_root = false
for _, option in ipairs(options) do
  has_root = has_root or option:sub(1, 1) ~= "-"
end
if not has_root then
  arg[#arg + 1] = "tests/spec"
end

local threads = os.getenv "THREADS"
if threads then
  require("lrrun.native.sys").threads(math.tointeger(threads))
end

-- busted forgets modules that a file loaded. The language's views of them stay: without this
-- a later file would have two copies of a module, whose values do not know each other.
require("lrrun.language").load_all()

-- Standalone: busted ends the process itself, with its status.
require "busted.runner" { standalone = false }
os.exit(0, true)
