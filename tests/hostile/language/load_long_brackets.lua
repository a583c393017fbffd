-- ends: itself
-- says: nil
print(load("return [" .. ("="):rep(900000) .. "[ x"), load("--[" .. ("="):rep(900000) .. "["))
