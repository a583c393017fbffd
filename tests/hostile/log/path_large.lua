-- ends: words .
-- flags: --lua-memory 256
data.csv { ("n"):rep(20000000) }:open {}
