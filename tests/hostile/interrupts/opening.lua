-- ends: ctrl-c | limit --memory
-- flags: --lua-seconds 100 --memory 512M
while true do data.random { shape = { 100 }, classes = 3, n = 200000 }:open {} end
