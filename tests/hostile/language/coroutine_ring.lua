-- ends: itself | words .
local a, b
a = coroutine.wrap(function() b() end)
b = coroutine.wrap(function() a() end)
print(pcall(a))
