-- ends: itself | words too many | limit --lua-memory
-- as many results as there are bytes
print(select("#", string.unpack(("B"):rep(500000), ("x"):rep(500000))))
