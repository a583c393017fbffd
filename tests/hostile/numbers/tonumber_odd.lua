-- ends: itself
for _, s in ipairs { "0x", "0x.p1", "1e", "1e+", ".", "-", "--1", "0x1p99999", "1e99999", "nan", "inf", "1_000", "１", "1\0", " 1 ", "0b1", "1e-99999", "0x.8p-1074" } do
  print(tonumber(s), pcall(tonumber, s, 36))
end
print(pcall(tonumber, "1", 1), pcall(tonumber, "1", 37), pcall(tonumber, 1, 10), pcall(tonumber))
