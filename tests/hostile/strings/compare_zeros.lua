-- ends: limit --lua-seconds
-- flags: --lua-memory 256
-- texts of zeros are compared piece by piece
local a, b = ("\0"):rep(40000000), ("\0"):rep(40000000)
while true do local _ = a <= b end
