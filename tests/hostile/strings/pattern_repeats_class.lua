-- ends: limit --lua-seconds
("ab"):rep(20000):find("^([ab]*[ab]*[ab]*c)")
