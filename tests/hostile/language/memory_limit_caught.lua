-- ends: limit --lua-memory | limit --lua-seconds
-- never: caught
local function fill() local t = {} while true do t[#t + 1] = ("x"):rep(100000) .. #t end end
for _ = 1, 3 do pcall(fill) print "caught" end
