-- ends: itself
-- says: yield
local co = coroutine.create(function() table.sort({ 3, 2, 1 }, function(a, b) coroutine.yield(a) return a < b end) end)
print(coroutine.resume(co), coroutine.resume(co))
print "a yield"
