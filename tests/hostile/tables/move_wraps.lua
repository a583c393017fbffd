-- ends: itself
-- never: true
print(pcall(table.move, {}, math.mininteger, math.maxinteger, 1), pcall(table.move, {}, 1, math.maxinteger, 2))
print(pcall(table.move, {}, -1, math.maxinteger, 2), pcall(table.move, {}, 1, 2, math.maxinteger))
