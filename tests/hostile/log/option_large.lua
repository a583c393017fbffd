-- ends: itself | words .
-- flags: --lua-memory 256 --memory 512
option(("n"):rep(20000000), 1)
