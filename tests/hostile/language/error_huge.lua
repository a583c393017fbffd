-- ends: words xxx
-- flags: --lua-memory 256 --lua-seconds 5
error(("x"):rep(20000000))
