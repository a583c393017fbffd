-- ends: itself
-- says: nil
print(load("return " .. ("{"):rep(5000)))
