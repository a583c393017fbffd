-- ends: words overflow | itself | limit --lua-memory
local function reader() return load(reader) end
print(load(reader))
