-- ends: itself | words .
for _, f in ipairs { "!17i4", "i17", "s16", "c", "c9999999999", "!3i4", "Xx", "X", ("i16"):rep(10000), "z", "!16" .. ("Xi16"):rep(1000) } do
  print(#f, pcall(string.pack, f, 1), pcall(string.packsize, f), pcall(string.unpack, f, "abc"))
end
