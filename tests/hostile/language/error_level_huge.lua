-- ends: words x
error("x", math.maxinteger)
