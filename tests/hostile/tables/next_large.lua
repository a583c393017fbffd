-- ends: limit --lua-seconds
-- flags: --lua-memory 128
local t = {}
for i = 1, 300000 do t["k" .. i] = i end
local k
while true do k = next(t, k) end
