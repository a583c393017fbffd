-- ends: words .
return setmetatable({}, { __name = "\27[31m" }) + 1
