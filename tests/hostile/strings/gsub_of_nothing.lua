-- ends: limit --lua-memory | limit --lua-seconds
(("x"):rep(3000000)):gsub("", ("y"):rep(1000))
