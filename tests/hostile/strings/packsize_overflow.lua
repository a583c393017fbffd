-- ends: itself
-- never: true
print(pcall(string.packsize, ("c2147483647"):rep(2)), pcall(string.packsize, "c" .. ("9"):rep(400)))
