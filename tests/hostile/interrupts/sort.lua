-- ends: ctrl-c
-- flags: --lua-seconds 100
table.sort({ 3, 1, 2 }, function() while true do pcall(error) end end)
