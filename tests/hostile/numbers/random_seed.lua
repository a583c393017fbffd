-- ends: words randomseed | itself
math.randomseed(0)
