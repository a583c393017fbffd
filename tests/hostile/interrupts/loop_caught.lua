-- ends: ctrl-c
-- flags: --lua-seconds 100
-- never: caught
while true do pcall(function() while true do end end) print "caught" end
