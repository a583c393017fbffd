-- ends: ctrl-c
-- flags: --lua-seconds 100
while true do coroutine.resume(coroutine.create(function() while true do end end)) end
