-- ends: ctrl-c
-- flags: --lua-seconds 100
while true do end
