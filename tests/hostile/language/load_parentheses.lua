-- ends: itself
-- says: overflow
print(load(("("):rep(100000)))
