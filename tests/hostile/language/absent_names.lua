-- ends: itself
-- says: 14 absent
local absent = 0
for _, name in ipairs { "io", "os", "debug", "package", "dofile", "loadfile", "loadstring", "setfenv", "getfenv", "unpack", "module", "newproxy", "warn", "bit32" } do
  absent = absent + (pcall(function() return _G[name] == nil and error() end) and 0 or 1)
end
print(absent .. " absent")
