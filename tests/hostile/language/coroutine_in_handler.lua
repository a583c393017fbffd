-- ends: itself
print(xpcall(error, function() return coroutine.wrap(function() coroutine.yield(1) end)() end))
print(xpcall(error, coroutine.yield))
