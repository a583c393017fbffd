-- ends: itself
for _, mode in ipairs { "b", "bt", "", "x", "t" } do print(mode, pcall(load, "\27Lua", "c", mode)) end
