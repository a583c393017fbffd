-- ends: limit --lua-seconds
for _ = math.mininteger, math.maxinteger do end
