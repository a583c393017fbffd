-- ends: limit --lua-seconds
("a"):rep(200000):find "(.-)%1b"
