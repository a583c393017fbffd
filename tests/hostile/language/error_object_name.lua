-- ends: words .
error(setmetatable({}, { __name = ("\27[2J"):rep(1000) }))
