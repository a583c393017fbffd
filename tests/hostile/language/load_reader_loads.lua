-- ends: words overflow | itself | limit --lua-memory | limit --lua-seconds
local function reader() return load(reader) end
print(load(reader))
