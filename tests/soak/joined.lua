-- Disturbs studies that several processes have joined: `lrrun --trusted tests/soak/joined.lua KILLS
-- [SEED]`. At random times one of four is killed, or stopped for longer than its lease, or
-- interrupted, and another joins in its place. Each study has to end in the table of --jobs 1.

package.path = "tests/?.lua;" .. package.path

local joiners = require "support.joiners"
local process = require "lrrun.native.process"
local studies = require "support.studies"
local sys = require "lrrun.native.sys"
local tally = require "support.tally"
local undisturbed = require "support.undisturbed"

local KINDS = {
  "--strategy random", "--strategy tpe", "--strategy tpe --pruner asha",
  "--strategy pbt{population=4,every=2*epochs}", "--strategy random --pruner hyperband --jobs 2",
}
local LEASE, LONGEST, EACH, HOW_MANY = 0.5, 0.6, 6, 4

local most, seed = tonumber(arg[1]) or 50, math.tointeger(tonumber(arg[2])) or 1
math.randomseed(seed)

local WAYS = {
  function(one)
    process.kill(one.pid, "KILL")
    studies.wait(one.pid)
  end,
  function(one)
    process.kill(one.pid, "INT")
    studies.wait(one.pid)
  end,
  function(one)
    joiners.signal(one, "STOP")
    sys.sleep(2 * LEASE * math.random())
    joiners.signal(one, "CONT")
    return one
  end,
}

-- Whether all that are there at the end have that table, and why not.
local function one(folder, flags)
  local count, all = 0, {}
  local function join()
    count = count + 1
    return joiners.start(folder, count, ("%s --lease %g"):format(flags, LEASE))
  end
  for i = 1, HOW_MANY do
    all[i] = join()
  end
  for _ = 1, EACH do
    sys.sleep(LONGEST * math.random())
    local i = math.random(HOW_MANY)
    all[i] = WAYS[math.random(#WAYS)](all[i]) or join()
  end
  for i = 1, HOW_MANY do
    local code, result, err = joiners.wait(all[i])
    if code ~= 0 or studies.table_of(result) ~= undisturbed.table(flags) then
      return false, ("exit code %d: %s"):format(code, err)
    end
  end
  return true
end

local total, round = 0, 0
while total < most and select(2, tally.counts()) == 0 do
  local flags = "--trials 24 " .. KINDS[round % #KINDS + 1]
  local folder = undisturbed.folder()
  local ok, why = one(folder, flags)
  if ok then
    os.execute("rm -rf " .. folder)
    tally.pass()
  else
    tally.fail("%s: see %s: %s", flags, folder, why)
  end
  total, round = total + EACH, round + 1
end
print(("%d disturbances of %d studies"):format(total, round))
tally.finish()
