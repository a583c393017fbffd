-- ends: itself | words .
-- flags: --lua-memory 256
option(("n"):rep(20000000), 1)
