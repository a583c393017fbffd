-- A run of 20 steps with 4 checkpoints, with the n-th write, fsync, rename, ... or allocation
-- failing, for every n, once and from then on. Whatever was reported as saved is there; no
-- checkpoint is unreadable; a failure is said; and resumed, the run ends in the digest of
-- the run without failures.
-- Usage: lrrun --trusted tests/faults/training.lua [STRIDE of allocations] [MOST]: of each
-- call, MOST (24) places spread over the run

package.path = "tests/?.lua;" .. package.path

local checkpoint = require "lrrun.runs.checkpoint"
local faults = require "support.faults"
local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local program = require "support.program"
local runs = require "support.runs"
local tally = require "support.tally"

local RECIPE = [[
return recipe {
  name = "r",
  data = data.digits { batch = 10, val = 0.2, limit = 62 },
  model = nn.sequential { nn.linear(8), nn.relu(), nn.dropout(0.2), nn.linear(10) },
  optimizer = optim.adam { lr = 1e-2 },
  epochs = 4, checkpoint = { every = 5*steps },
}
]]
-- The command line inside a process whose n-th allocation fails.
local STARVED = [[
local sys = require "lrrun.native.sys"
local cli = require "lrrun.cli"
sys.mem_fail_after(math.tointeger(arg[1]), arg[2] == "sticky")
local code = cli.main { [0] = "lrrun", arg[3], "--out", arg[4], "--quiet", "--trusted" }
local left = sys.mem_fail_left()
sys.mem_fail_after(-1, false)
print(left > 0 and "not reached" or "reached")
os.exit(code)
]]
local WAYS = { "EIO", "ENOSPC:sticky", "KILL" }

local stride, most = math.tointeger(arg[1] or 101), math.tointeger(arg[2] or 24)
local folder = runs.folder()
program.write(folder .. "/r.lua", RECIPE)
program.write(folder .. "/starved.lua", STARVED)

local function train(before)
  return program.run(("%s/r.lua --out %s/runs --quiet"):format(folder, folder), before)
end

local function digest_of(run)
  local text = file.read(run .. "/result.json")
  return text and json.decode(text).digest
end

assert(train() == 0)
local RUN = folder .. "/runs/r-1"
local WANT = assert(digest_of(RUN))

-- What is wrong after a process that ended with `code` and said `err`, or nil.
local function fault_of(code, err)
  for _, step in ipairs(checkpoint.steps(RUN)) do
    local ok, why = pcall(checkpoint.open, RUN, step)
    if not ok then
      return why
    end
    why.close()
  end
  if code == 0 and digest_of(RUN) ~= WANT then
    return "it said that all is well, and the result is not there"
  elseif code ~= 0 and code ~= 137 and not err:find "%S" then
    return "it said nothing"
  elseif file.kind(RUN .. "/run.yaml") ~= "file" then
    return nil -- it never was a run
  end
  local again, _, why = program.run("resume " .. RUN .. " --quiet")
  if again ~= 0 or digest_of(RUN) ~= WANT then
    return ("resumed, it ends with %d: %s"):format(again, why)
  end
  return nil
end

local function report(what, code, err)
  local why = fault_of(code, err)
  if why then
    tally.fail("%s: %s (said: %s)", what, why, err)
  else
    tally.pass()
  end
end

local function clear()
  os.execute("rm -rf " .. folder .. "/runs")
end

local function sweep(call)
  local count = faults.count(function(before)
    clear()
    return (train(before))
  end, call)
  for _, n in ipairs(faults.spread(count, most)) do
    for _, way in ipairs(WAYS) do
      clear()
      local fault = ("%s:%d:%s"):format(call, n, way)
      local code, _, err = train("LRRUN_FAULT=" .. fault)
      report(fault, code, err)
    end
  end
end

local function starve(mode)
  local n = 0
  repeat
    clear()
    local code, out, err = program.run(("--trusted %s/starved.lua %d %s %s/r.lua %s/runs"):format(
      folder, n, mode, folder, folder))
    report(("allocation %d, %s"):format(n, mode), code, err)
    n = n + stride
  until out:find "not reached"
end

for _, call in ipairs(faults.calls) do
  sweep(call)
end
starve "once"
starve "sticky"
os.execute("rm -rf " .. folder)
tally.finish()
