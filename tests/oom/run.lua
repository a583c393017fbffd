-- Runs each script of tests/oom with the n-th allocation failing, once and from then on,
-- until it gets through. A run may end in success or in an error, never in a crash, and
-- gives back all memory (the sanitizer looks at the end).
-- Usage: lrrun --trusted tests/oom/run.lua [STRIDE [once|sticky [NAME]]]: every STRIDE-th n; in
-- that way alone, of that script alone.

package.path = "tests/?.lua;" .. package.path

local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local host = require "lrrun.native.host"
local sys = require "lrrun.native.sys"
local tally = require "support.tally"

local stride = math.tointeger(tonumber(arg[1] or 1))
local WAYS = { once = false, sticky = true }

-- The memory of tensors and graphs, once nothing refers to them any more.
local function settled()
  collectgarbage()
  collectgarbage()
  local _, _, lua = host.used()
  return sys.mem_used() - lua -- the account holds Lua's heap as well
end

-- True when the script got through without the failure having come up.
local function attempt(script, n, sticky)
  sys.mem_fail_after(n, sticky)
  local ok, why = errors.raw_pcall(script) -- nothing else of Lua's may need memory meanwhile
  local left = sys.mem_fail_left()
  sys.mem_fail_after(-1, false)
  if not ok and left >= 0 and not sticky then
    error("fails without a failing allocation: " .. tostring(why), 0)
  end
  return ok and left > 0
end

local function sweep(path, sticky)
  local script = assert(loadfile(path))
  script() -- what is loaded once is loaded now
  local before = settled()
  local n, runs = 0, 0
  while not attempt(script, n, sticky) do
    n = n + stride
    runs = runs + 1
    if n > 1000000 then
      error("no end after a million allocations", 0)
    end
  end
  local kept = settled() - before
  if kept > 0 then
    error(("%d bytes were not given back"):format(kept), 0)
  end
  return runs
end

local function check(name, way)
  local ok, result = pcall(sweep, ("tests/oom/%s.lua"):format(name), WAYS[way])
  if ok then
    tally.pass()
  else
    tally.fail("tests/oom/%s.lua, %s: %s", name, way, result)
  end
end

local function names()
  local list = {}
  for _, file_name in ipairs(assert(file.list "tests/oom")) do
    local name = file_name:match "^(.*)%.lua$"
    list[#list + 1] = name ~= "run" and name or nil
  end
  return list
end

for _, name in ipairs(arg[3] and { arg[3] } or names()) do
  for _, way in ipairs(arg[2] and { arg[2] } or { "once", "sticky" }) do
    check(name, way)
  end
end
tally.finish()
