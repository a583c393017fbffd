-- Kills searches at random moments: `lrrun --trusted tests/soak/studies.lua KILLS [SEED]`.
-- Each has to end in the table of the search that was left alone.

package.path = "tests/?.lua;" .. package.path

local runs = require "support.runs"
local studies = require "support.studies"
local program = require "support.program"
local tally = require "support.tally"

local KINDS = {
  "--strategy random --jobs 2", "--strategy tpe --jobs 2", "--strategy bayes --jobs 1",
  "--strategy tpe --pruner median --jobs 2", "--strategy tpe --pruner asha --jobs 4",
  "--strategy random --pruner hyperband --jobs 2",
}
local TRIALS, PIECE, LONGEST = 20, 5, 0.5 -- seconds

local most, seed = tonumber(arg[1]) or 50, math.tointeger(tonumber(arg[2])) or 1
math.randomseed(seed)

local function folder_of()
  local folder = runs.folder()
  program.write(folder .. "/r.lua", studies.recipe "  epochs = 9,\n")
  return folder
end

local function one(flags, kills)
  local left, torn = folder_of(), folder_of()
  local _, want = studies.search(left, flags)
  local result, killed, err = studies.with_kills(torn, flags, kills, math.random, LONGEST)
  local same = result and studies.table_of(result) == studies.table_of(want)
  if same then
    os.execute("rm -rf " .. left .. " " .. torn)
    tally.pass()
  else
    tally.fail("%s: compare %s and %s: %s", flags, left, torn, err)
  end
  return killed
end

local total, round = 0, 0
while total < most and select(2, tally.counts()) == 0 and round < most do
  local flags = ("--trials %d %s"):format(TRIALS, KINDS[round % #KINDS + 1])
  local killed = one(flags, math.min(PIECE, most - total))
  total, round = total + killed, round + 1
  print(("%s: %d kills"):format(flags, killed))
end
print(("%d kills"):format(total))
tally.finish()
