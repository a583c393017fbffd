-- ends: limit --lua-seconds | limit --memory | ctrl-c
-- flags: --memory 512M
-- one call into the engine that computes for seconds
local m = nn.sequential { nn.linear(2000), nn.linear(2000), nn.linear(2000) }:build { 2000 }
while true do m:forward(tensor.new { 4000, 2000 }) end
