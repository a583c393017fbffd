-- ends: itself
print(pcall(utf8.char, -1), pcall(utf8.char, 1 << 40), pcall(utf8.codepoint, "\xff"), utf8.len("\xff\xfe"))
print(pcall(utf8.offset, "\x80\x80", 1), pcall(utf8.offset, "x", math.maxinteger), pcall(utf8.codepoint, "x", 5, 1))
for _, s in ipairs { "\xf8\x88\x80\x80\x80", "\xed\xa0\x80", "\xc0\x80", "\xf4\x90\x80\x80" } do print(pcall(utf8.codes, s), utf8.len(s), utf8.len(s, 1, -1, true)) end
