-- ends: limit --lua-seconds
local s = ("a"):rep(40)
s:match(("a?"):rep(40) .. s .. "b")
