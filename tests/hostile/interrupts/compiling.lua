-- ends: ctrl-c
-- flags: --lua-seconds 100
while true do load(("x = 1 "):rep(100000)) end
