-- ends: itself
-- says: local
print(load(("local a "):rep(300)))
