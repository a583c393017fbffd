-- ends: limit --memory
local m = nn.sequential { nn.embedding(64), nn.lstm(256) }:build({ 100000 }, { vocab = 10, seq = true })
m:plan(256)
