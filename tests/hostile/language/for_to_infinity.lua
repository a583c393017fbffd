-- ends: limit --lua-seconds
for _ = 1.5, math.huge do end
