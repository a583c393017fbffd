-- ends: itself | words . | limit --lua-memory
print(pcall(string.byte, ("x"):rep(10000000), 1, -1))
