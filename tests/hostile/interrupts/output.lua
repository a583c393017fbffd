-- ends: ctrl-c | limit --log
-- flags: --lua-seconds 100
while true do print "x" end
