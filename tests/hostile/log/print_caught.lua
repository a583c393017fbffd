-- ends: limit --log
-- flags: --log 1 --lua-seconds 5
-- never: caught
while true do pcall(function() while true do print(("y"):rep(10000)) end end) print "caught" end
