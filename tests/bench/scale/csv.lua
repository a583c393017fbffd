-- Milliseconds of processor time to read a table of ten numbers and a word a row into a data set,
-- split and normalised. Use: lrrun --trusted tests/bench/scale/csv.lua FILE; with a number behind
-- it FILE is written instead, with so many rows.

local file, rows = arg[1], math.tointeger(tonumber(arg[2] or 0))

local function write()
  local out <close> = assert(io.open(file, "w"))
  local words = { "red", "green", "blue" }
  math.randomseed(1)
  out:write("c1,c2,c3,c4,c5,c6,c7,c8,c9,c10,label\n")
  for _ = 1, rows do
    for _ = 1, 10 do
      out:write(("%.6g,"):format(10 * math.random() - 5))
    end
    out:write(words[math.random(3)], "\n")
  end
end

if rows > 0 then
  write()
  return
end
local data = require "lrrun.data"
local best = math.huge
for _ = 1, 3 do
  local began = os.clock()
  data.csv { file, target = "label", val = 0.2 }:open()
  best = math.min(best, os.clock() - began)
  collectgarbage()
end
print(("csv %.3f"):format(1000 * best))
