-- ends: words no module
-- flags: --lua-memory 256 --memory 512
require(("n"):rep(20000000))
