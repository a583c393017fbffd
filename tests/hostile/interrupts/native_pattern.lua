-- ends: ctrl-c
-- flags: --lua-seconds 100
local s = ("a"):rep(40)
s:match(("a?"):rep(40) .. s .. "b")
