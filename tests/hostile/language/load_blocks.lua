-- ends: itself
-- says: nil
print(load(("do "):rep(5000)))
