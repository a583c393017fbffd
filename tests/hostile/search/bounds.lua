-- ends: itself
for _, f in ipairs { search.uniform, search.loguniform, search.int, search.logint } do
  for _, b in ipairs { { 1, 0 }, { 0/0, 1 }, { 0, 0/0 }, { -1/0, 1/0 }, { "a", "b" }, { {}, 1 }, { math.maxinteger, math.mininteger } } do print(pcall(f, b[1], b[2])) end
end
print(pcall(search.uniform, 0, 1, { default = 2 }), pcall(search.uniform, 0, 1, { default = 0/0 }), pcall(search.choice, { default = 1 }), pcall(search.choice, 7))
