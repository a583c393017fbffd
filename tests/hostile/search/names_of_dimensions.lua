-- ends: itself
local s = {}
for _, n in ipairs { "a.b", "", "\0", "\27[2J", ("x"):rep(10000), "1", "__index", "value", "\u{202e}" } do s[n] = search.uniform(0, 1) end
s[1], s[1.5], s[true] = search.int(1, 3), search.int(1, 3), search.int(1, 3)
print((pcall(search.minimize, { space = s, trials = 3, objective = function() return 1 end })))
