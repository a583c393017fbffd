-- ends: words x
error("x", math.mininteger)
