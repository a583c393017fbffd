-- Kills searches at random moments: `lrrun --trusted tests/soak/studies.lua KILLS [SEED]`.
-- Each has to end in the table of the search that was left alone. Killed are the search, one of
-- its workers, or all of them; or a worker is stopped for a while.

package.path = "tests/?.lua;" .. package.path

local studies = require "support.studies"
local sys = require "lrrun.native.sys"
local tally = require "support.tally"
local undisturbed = require "support.undisturbed"

local KINDS = {
  "--strategy random --jobs 2", "--strategy tpe --jobs 2", "--strategy bayes --jobs 1",
  "--strategy tpe --pruner median --jobs 2", "--strategy tpe --pruner asha --jobs 4",
  "--strategy random --pruner hyperband --jobs 2",
}
local WAYS = { "leader", "worker", "both", "stop" }
local TRIALS, PIECE, LONGEST = 12, 6, 0.3 -- seconds

local most, seed = tonumber(arg[1]) or 50, math.tointeger(tonumber(arg[2])) or 1
math.randomseed(seed)

local function one(flags, way, kills)
  local folder = undisturbed.folder()
  local result, count, err = studies.disturbed(folder, flags, way, kills, math.random, LONGEST)
  if result and studies.table_of(result) == undisturbed.table(flags) then
    os.execute("rm -rf " .. folder)
    tally.pass()
  else
    tally.fail("%s, %s: see %s: %s", flags, way, folder, err)
  end
  return count
end

local total, round, by_way = 0, 0, {}
local began = sys.now()
while total < most and select(2, tally.counts()) == 0 and round < 10 * most do
  local way = WAYS[round % #WAYS + 1]
  local flags = ("--trials %d %s"):format(TRIALS, KINDS[round // #WAYS % #KINDS + 1])
  local count = one(flags, way, math.min(PIECE, most - total))
  total, round = total + count, round + 1
  by_way[way] = (by_way[way] or 0) + count
end
for _, way in ipairs(WAYS) do
  print(("%s: %d"):format(way, by_way[way] or 0))
end
print(("%d kills of %d searches, %.0f a minute"):format(total, round,
  total / (sys.now() - began) * 60))
tally.finish()
