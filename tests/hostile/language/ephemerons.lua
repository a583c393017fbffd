-- ends: limit --lua-seconds | limit --lua-memory | itself
-- seconds: 1
-- a chain of ephemerons takes the collector a pass for each link
local t = setmetatable({}, { __mode = "k" })
local first = {}
local key = first
for _ = 1, 30000 do local value = {} t[key] = value key = value end
for i = 1, 60 do local junk = {} for j = 1, 3000 do junk[j] = {} end end
print(first ~= nil)
