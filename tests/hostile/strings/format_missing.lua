-- ends: itself
-- never: true
print(pcall(string.format, "%d"), pcall(string.format, "%s"), pcall(string.format, ("%d"):rep(5000), 1))
print(pcall(string.format, "%d", 1.5), pcall(string.format, "%d", "x"), pcall(string.format, "%c", {}))
