-- ends: itself | words .
print(pcall(next, {}, "x"), pcall(next, { 1 }, 2), pcall(next, 7), pcall(next))
