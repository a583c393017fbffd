-- ends: itself | limit --lua-seconds
-- each goto looks through all labels
local parts = {}
for i = 1, 20000 do parts[i] = ("goto l%d ::l%d::"):format(i, i) end
print(pcall(load, table.concat(parts, " ")))
