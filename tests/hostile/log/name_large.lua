-- ends: words .
-- flags: --lua-memory 256
local _ = nn[("n"):rep(20000000)]
