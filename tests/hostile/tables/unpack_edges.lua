-- ends: itself
-- never: true
print(pcall(table.unpack, {}, 1, 1e8), pcall(table.unpack, {}, math.mininteger, math.maxinteger))
print(pcall(table.unpack, {}, math.maxinteger - 1, math.maxinteger + 0.5), pcall(table.unpack, nil))
