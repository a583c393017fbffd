-- ends: words . | itself
local x = { { 1 }, { 2 } }
x[1] = x
data.table { x = x, y = { 0, 1 } }:open {}
