-- ends: limit --lua-seconds | limit --memory | ctrl-c
while true do data.spirals { n = 100000 }:open {} end
