-- ends: limit --lua-memory | limit --memory | limit --lua-seconds
local x, y = {}, {}
for i = 1, 10000000 do x[i] = { i } y[i] = i % 2 end
data.table { x = x, y = y }:open {}
