-- ends: itself
-- says: nil
print(load(("return function() "):rep(5000)))
