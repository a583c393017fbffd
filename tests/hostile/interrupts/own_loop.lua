-- ends: ctrl-c
-- flags: --lua-seconds 100 --memory 512M
local m = nn.sequential { nn.linear(1000), nn.linear(1000), nn.linear(3) }:build({ 1000 }, { batch = 1000 })
local x = tensor.new { 1000, 1000 }
while true do m:forward(x) end
