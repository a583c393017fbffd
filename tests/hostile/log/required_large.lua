-- ends: words no module | limit --lua-seconds
-- flags: --lua-memory 256
require(("n"):rep(20000000))
