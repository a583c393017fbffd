-- A search in one process with the n-th open, write, flock, ... failing: a failure is said or
-- changes nothing, and run again the search ends in the table of the one without failures.
-- Usage: lrrun --trusted tests/faults/study.lua [MOST]: of each call, MOST (12) places spread
-- over the search

package.path = "tests/?.lua;" .. package.path

local faults = require "support.faults"
local program = require "support.program"
local runs = require "support.runs"
local tally = require "support.tally"

local SCRIPT = [[
local found = search.run(recipe {
  name = "s", data = data.blobs { n = 40, batch = 20, val = 0.2 }, epochs = 3,
  model = nn.sequential { nn.linear(search.int(2, 9)), nn.relu(), nn.linear(3) },
  optimizer = optim.adam { lr = search.loguniform(1e-3, 1e-1) },
}, { strategy = "random", trials = 3, pruner = "asha" })
for _, t in ipairs(found.trials) do
  print(t.number, t.state, t.value, t.digest)
end
]]
local WAYS = { "EIO", "ENOSPC:sticky", "KILL" }

local most = math.tointeger(arg[1] or 12)
local folder = runs.folder()
program.write(folder .. "/s.lua", SCRIPT)

local function search(out, before)
  return program.run(("%s/s.lua --quiet --threads 1 --out %s/%s"):format(folder, folder, out),
    before)
end

local function clear()
  os.execute("rm -rf " .. folder .. "/out")
end

local code, want, said = search "clean"
assert(code == 0, said)

local function check(fault)
  local met, out, err = search("out", "LRRUN_FAULT=" .. fault)
  local why
  if met == 0 and out ~= want then
    why = "no error, but another table"
  elseif met ~= 0 and met < 128 and err == "" then
    why = "no message"
  elseif err:find "%(%-%-lua%-seconds%)" then
    why = "it hung"
  end
  local again, table_again, err_again = search "out"
  if again ~= 0 or table_again ~= want then
    why = why or "run again: " .. err_again .. table_again
  end
  clear()
  if why then
    tally.fail("%s: %s", fault, why)
  else
    tally.pass()
  end
end

local function killed(before)
  clear()
  return (search("out", before))
end

for _, call in ipairs(faults.calls) do
  local count = faults.count(killed, call)
  clear()
  for _, n in ipairs(faults.spread(count, most)) do
    for _, way in ipairs(WAYS) do
      check(("%s:%d:%s"):format(call, n, way))
    end
    if call == "write" then
      check(("write:%d:SHORT"):format(n))
    end
  end
end
os.execute("rm -rf " .. folder)
tally.finish()
