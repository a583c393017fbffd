-- ends: limit --lua-seconds
-- flags: --lua-memory 256
-- each zero becomes four bytes
local s = ("\0"):rep(5000000)
while true do string.format("%q", s) end
