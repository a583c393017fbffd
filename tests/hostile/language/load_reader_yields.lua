-- ends: words . | itself
print(coroutine.resume(coroutine.create(function() return load(coroutine.yield) end)))
