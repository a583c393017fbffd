-- A run of 20 steps with 4 checkpoints in this process, with the n-th allocation (Lua's or the
-- engine's) failing, for every n, once and from then on. A failure is an error with a text or
-- is survived; what was reported saved is there with the right digest; no checkpoint is
-- unreadable; all memory is given back.
-- Usage: lrrun --trusted tests/faults/allocations.lua [STRIDE]

package.path = "tests/?.lua;" .. package.path

local checkpoint = require "lrrun.runs.checkpoint"
local current = require "lrrun.util.current"
local data = require "lrrun.data"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local recipe = require "lrrun.recipe".new
local runs = require "support.runs"
local host = require "lrrun.native.host"
local sys = require "lrrun.native.sys"
local tally = require "support.tally"
local train = require "lrrun.language.train"
local units = require "lrrun.util.units"

local every = math.tointeger(tonumber(arg[1] or 1))
local folder = runs.folder()
current.begin { request = current.request():with { out_dir = folder, name = "r" } }

local function layers()
  return {
    data = data.digits { batch = 10, val = 0.2, limit = 62 },
    model = nn.sequential { nn.linear(8), nn.relu(), nn.dropout(0.2), nn.linear(10) },
  }
end

local function transformer()
  return {
    data = data.random { tokens = 7, length = 5, task = "lm", n = 62, batch = 10, val = 0.2 },
    model = nn.sequential {
      nn.embedding { 8, name = "tok" }, nn.positions(),
      nn.transformer { 1, heads = 2, causal = true, dropout = 0.1, rope = true, qk_norm = true },
      nn.linear { tied = "tok" },
    },
  }
end

local keys = layers

local function run()
  local o = keys()
  o.optimizer, o.epochs = optim.adam { lr = 1e-2 }, 4
  o.checkpoint = { every = 5 * units.steps, keep = 4 }
  return train.fit(recipe(o), { quiet = true })
end

local function settled()
  collectgarbage()
  collectgarbage()
  local _, _, lua = host.used()
  return sys.mem_used() - lua -- the account holds Lua's heap as well
end

local want = run().digest

-- Raises where a run folder holds a checkpoint that cannot be read.
local function check_folders()
  for _, name in ipairs(file.list(folder)) do
    local path = folder .. "/" .. name
    for _, step in ipairs(checkpoint.steps(path)) do
      checkpoint.open(path, step).close()
    end
    os.execute("rm -rf '" .. path .. "'")
  end
end

-- One run with the n-th allocation failing; true when it was not reached.
local function attempt(n, sticky)
  sys.mem_fail_after(n, sticky)
  local ok, result = errors.raw_pcall(run) -- nothing else of Lua's may need memory meanwhile
  local left = sys.mem_fail_left()
  sys.mem_fail_after(-1, false)
  if ok and result.digest ~= want then
    error(("allocation %d: it ended well with another digest"):format(n), 0)
  elseif not ok and not tostring(result):find "%S" then
    error(("allocation %d: it said nothing"):format(n), 0)
  end
  check_folders()
  current.script().results = {} -- kept for --json of scripts; here they would only pile up
  return ok and left > 0
end

local function sweep(sticky, stride)
  local before, n, count = settled(), 0, 0
  while not attempt(n, sticky) do
    n, count = n + stride, count + 1
  end
  local kept = settled() - before
  if kept > 0 then
    error(("%d bytes were not given back"):format(kept), 0)
  end
  return count
end

check_folders()
run()
for _, case in ipairs { { layers, 1 }, { transformer, 7 } } do
  keys = case[1]
  want = run().digest
  check_folders()
  run()
  for _, sticky in ipairs { false, true } do
    local ok, result = pcall(sweep, sticky, case[2] * every)
    if ok then
      tally.pass(result)
    else
      tally.fail("%s: %s", sticky and "from then on" or "once", result)
    end
  end
end
tally.finish()
