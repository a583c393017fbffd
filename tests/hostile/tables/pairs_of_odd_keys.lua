-- ends: itself | words .
-- keys of every type, and some that are alike
local t = { [1] = 1, [1.5] = 1, [-1] = 1, [true] = 1, [math.huge] = 1, [-math.huge] = 1, ["1"] = 1, ["\0"] = 1, [("x"):rep(100000)] = 1 }
local n = 0
for _ in pairs(t) do n = n + 1 end
print(n, pcall(function() for _ in pairs { [{}] = 1, [{}] = 2, [print] = 3 } do n = n + 1 end end))
