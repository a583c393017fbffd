-- ends: itself
-- says: malformed
for _, p in ipairs { "[", "[^", "[a", "[a-", "%", "%b", "%bx", "%f", "%fx", "(", ")", "(()", "%1", "%9", "(%1)", "[%", "[]", "[^]", "%f[", "((((((((((((((((((((((((((((((((((" } do
  print(p, pcall(string.find, "aaa]", p), pcall(string.gsub, "aaa", p, ""), pcall(string.gmatch("aaa", p)))
end
