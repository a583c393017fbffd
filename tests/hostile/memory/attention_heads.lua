-- ends: limit --memory
local m = nn.sequential { nn.embedding(4096), nn.attention { 4096, causal = true } }:build({ 512 }, { vocab = 10, seq = true })
m:plan(256)
