-- ends: limit --memory | limit --lua-seconds | limit --lua-memory
local m = nn.sequential { nn.embedding(1024), nn.transformer { 1000, heads = 16, mlp = 100 } }:build({ 16 }, { vocab = 10, seq = true })
m:plan(1)
