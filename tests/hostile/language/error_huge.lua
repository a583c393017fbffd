-- ends: words xxx
-- flags: --lua-memory 256 --memory 512
error(("x"):rep(20000000))
