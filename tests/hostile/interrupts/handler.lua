-- ends: ctrl-c
-- flags: --lua-seconds 100
xpcall(error, function() while true do end end)
