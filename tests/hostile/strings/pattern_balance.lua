-- ends: limit --lua-seconds
-- each start looks for its end through the whole rest
("("):rep(1000000):find "%b()x"
