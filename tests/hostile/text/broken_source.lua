-- ends: words .
local x = = "\27[2J"
