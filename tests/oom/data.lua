-- Makes, splits and batches data; run with each allocation failing in turn.
local data = require "lrrun.data"

local set = data.spirals { n = 30, val = 0.2, batch = 8 }:open { seed = 1 }
local seen = 0
for _ in set:batches("train", 1) do
  seen = seen + 1
end
assert(seen == 3)
local rows = data.table { x = { { 1, 2 }, { 3, 4 }, { 5, 6 }, { 7, 8 } }, y = { 0, 1, 0, 1 } }
assert(rows.kind == "data.table")
