-- ends: words no module
-- flags: --lua-memory 256
require(("n"):rep(20000000))
