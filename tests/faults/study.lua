-- A search in one process with the n-th open, write, fsync, ... failing, for every n: a
-- failure is said, and run again the search ends in the table of the one without failures.
-- Usage: lrrun --trusted tests/faults/study.lua

package.path = "tests/?.lua;" .. package.path

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
local SITES = { "open", "write", "fsync", "close", "dirsync", "mkdir", "truncate" }
local WAYS = { "EIO", "SHORT", "ENOSPC:sticky", "KILL" }
local MOST = 12 -- calls of each kind

local folder = runs.folder()
program.write(folder .. "/s.lua", SCRIPT)

local function search(out, fault)
  return program.run(("%s/s.lua --quiet --threads 1 --out %s/%s"):format(folder, folder, out),
    fault and "LRRUN_FAULT=" .. fault or nil)
end

local code, want, said = search "clean"
assert(code == 0, said)

-- Whether the fault was met at all.
local function check(fault)
  local met, out, err = search("out", fault)
  local why
  if met == 0 and out ~= want then
    why = "no error, but another table"
  elseif met ~= 0 and met < 128 and err == "" then
    why = "no message"
  end
  local again, table_again, err_again = search "out"
  if again ~= 0 or table_again ~= want then
    why = why or "run again: " .. err_again .. table_again
  end
  os.execute("rm -rf " .. folder .. "/out")
  if why then
    tally.fail("%s: %s", fault, why)
  else
    tally.pass()
  end
  return met ~= 0
end

for _, site in ipairs(SITES) do
  for _, way in ipairs(WAYS) do
    local n = 0
    while check(("%s:%d:%s"):format(site, n, way)) and n < MOST do
      n = n + 1
    end
  end
end
os.execute("rm -rf " .. folder)
tally.finish()
