-- ends: words .
-- flags: --lua-memory 256 --memory 512
data.csv { ("n"):rep(20000000) }:open {}
