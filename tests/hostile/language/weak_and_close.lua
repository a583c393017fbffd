-- ends: itself
local t = setmetatable({}, { __mode = "kv" })
for i = 1, 20000 do t[{}] = { i } t[i] = {} end
print(#t)
