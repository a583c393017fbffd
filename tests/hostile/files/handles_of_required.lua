-- ends: limit --lua-seconds | limit --files | words .
while true do pcall(require, "broken") pcall(require, "binary") pcall(require, "nothing") end
