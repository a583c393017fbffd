-- ends: itself | limit --lua-memory
print(pcall(string.unpack, "s8", ("\255"):rep(9)), pcall(string.unpack, "c99", "x"), pcall(string.unpack, "z", "abc"))
print(pcall(string.unpack, "i4", "abcdef", math.maxinteger), pcall(string.unpack, "i4", "abcdef", math.mininteger))
print((pcall(string.unpack, ("b"):rep(3000000), ("x"):rep(3000000))))
