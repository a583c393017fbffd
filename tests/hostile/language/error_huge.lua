-- ends: words xxx
-- flags: --lua-memory 256
error(("x"):rep(20000000))
