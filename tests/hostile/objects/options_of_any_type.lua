-- ends: itself
for _, name in ipairs { "x", "", "\0", ("x"):rep(100000), 7, {}, print, true } do
  for _, v in ipairs { 1, "x", true, {}, print, 0/0 } do pcall(option, name, v) end
  pcall(option, name)
end
print(option("width", 3))
