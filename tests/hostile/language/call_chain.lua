-- ends: words .
-- a table that is called through 300,000 others
local t = print
for _ = 1, 300000 do t = setmetatable({}, { __call = t }) end
t()
