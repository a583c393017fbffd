-- ends: limit --memory | words .
local m = nn.sequential { nn.embedding(64), nn.positions(1 << 40) }:build({ 16 }, { vocab = 10, seq = true })
m:plan(1)
