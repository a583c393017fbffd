-- ends: limit --lua-seconds | words . | itself
table.concat({}, "", math.mininteger, math.maxinteger)
