-- ends: limit --lua-seconds
-- says: %-%-log
-- flags: --log 10K
while true do pcall(function() while true do print(("y"):rep(10000)) end end) print "caught" end
