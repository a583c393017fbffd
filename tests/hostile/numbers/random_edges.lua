-- ends: itself
print(pcall(math.random, 0), pcall(math.random, 1, 0), pcall(math.random, math.mininteger, math.maxinteger) == true)
print(pcall(math.random, 1.5), pcall(math.random, 0/0), pcall(math.random, 1, 2, 3), pcall(math.random, {}))
