-- ends: words .
-- flags: --lua-memory 256 --memory 512
local _ = nn[("n"):rep(20000000)]
