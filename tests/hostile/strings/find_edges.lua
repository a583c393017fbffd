-- ends: itself
print(("x"):find("", math.maxinteger), ("x"):find("x", math.mininteger), ("x"):find("", 2), ("x"):find("", 3))
print(pcall(string.find, "x", "x", 1.5), pcall(string.find, "x", {}), pcall(string.find), ("a\0b"):find("\0", 1, true))
