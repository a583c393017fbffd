-- ends: limit --log
-- flags: --log 1 --lua-seconds 5
while true do print "x" end
