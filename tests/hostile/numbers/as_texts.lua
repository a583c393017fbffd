-- ends: itself
print(0/0, -(0/0), 1/0, -1/0, -0.0, 2^63, math.mininteger, 1e15, 1e100, 5e-324)
print(("%d"):format(3.0), ("%.14g"):format(0.1), ("%a"):format(1), math.tointeger "8", math.ult(1, -1))
