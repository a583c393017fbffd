-- ends: itself
print(#("x"):rep(-1), #("x"):rep(math.mininteger), #("x"):rep(0, "y"))
