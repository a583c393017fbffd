-- ends: limit --lua-seconds
-- says: %-%-log
-- flags: --log 10K --lua-seconds 0.5
while true do print "x" end
