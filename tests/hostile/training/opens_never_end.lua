-- ends: limit --lua-seconds | limit --memory
while true do data.spirals { n = 100000 }:open {} end
