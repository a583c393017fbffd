-- ends: itself
-- says: invalid
for _, r in ipairs { "%2", "%", "%z", "%10" } do print(pcall(string.gsub, "abc", "b", r)) end
print(pcall(string.gsub, "abc", "b", function() return {} end), pcall(string.gsub, "abc", "b", print, {}))
print(pcall(string.gsub, "abc", "b", true), pcall(string.gsub, "abc", "b"), pcall(string.gsub, "abc", "b", "x", "many"))
