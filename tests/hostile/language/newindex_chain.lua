-- ends: words .
local t = {}
for _ = 1, 100000 do t = setmetatable({}, { __newindex = t }) end
t.x = 1
