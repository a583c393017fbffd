-- Kills runs at random moments: `lrrun --trusted tests/soak/run.lua KILLS [SEED]`.

package.path = "tests/?.lua;" .. package.path

local kills = require "soak.kills"
local runs = require "support.runs"
local sys = require "lrrun.native.sys"
local tally = require "support.tally"

local most, seed = tonumber(arg[1]) or 200, math.tointeger(tonumber(arg[2])) or 1
local each = math.ceil(most / #runs.list)
local total, began = 0, sys.now()
math.randomseed(seed)
for _, item in ipairs(runs.list) do
  local count = 0
  while count < each do
    local folder = runs.folder()
    local n, why = kills.recipe(folder, item, each - count, math.random)
    os.execute("rm -rf " .. folder)
    if not n then
      tally.fail("%s: %s", item.name, why)
      break
    end
    count = count + math.max(n, 1)
  end
  if count >= each then
    tally.pass()
  end
  total = total + count
  print(("%s: %d kills"):format(item.name, count))
end
print(("%d kills, %.0f a minute"):format(total, total / (sys.now() - began) * 60))
tally.finish()
