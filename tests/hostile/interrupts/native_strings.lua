-- ends: ctrl-c
-- flags: --lua-seconds 100 --lua-memory 256
-- nothing but calls that take long
local s = ("x"):rep(60000000)
while true do s:upper() end
