-- ends: limit --memory | itself
local m = nn.sequential { nn.linear(1000), nn.linear(3) }:build { 100 }
for i = 8, 24 do m:plan(1 << i) end
