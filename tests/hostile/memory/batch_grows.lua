-- ends: limit --memory | limit --lua-seconds
-- each batch larger than the one before
local m = nn.sequential { nn.linear(1000), nn.linear(3) }:build { 10 }
local n = 1
while true do n = n * 2 m:forward(tensor.new { n, 10 }) end
