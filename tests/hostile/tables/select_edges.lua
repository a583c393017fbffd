-- ends: itself
-- never: true
print(pcall(select, 0), pcall(select, math.mininteger), pcall(select, -1), pcall(select, "x"), pcall(select, 1.5))
