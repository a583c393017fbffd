-- ends: limit --lua-seconds | ctrl-c
local d = data.spirals { n = 60 }:open {}
while true do for _ in d:batches("train", 1) do end end
