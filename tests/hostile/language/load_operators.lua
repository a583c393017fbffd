-- ends: itself
print(load("return " .. ("-"):rep(100000) .. "1"), load("return " .. ("not "):rep(50000) .. "1"))
print(load("return " .. ("2^"):rep(50000) .. "1"))
