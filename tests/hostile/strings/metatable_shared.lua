-- ends: words .
("x").anything = 1
