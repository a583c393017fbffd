-- ends: itself
-- never: true
for _, n in ipairs { 0, -1, 4097, 1 << 31, (1 << 63) - 1, math.mininteger, 0.5, 0 / 0, math.huge, "x" } do
  for _, make in ipairs { function() return nn.attention(n) end, function() return nn.attention { 4, kv_heads = n } end, function() return nn.transformer { 1, heads = n } end } do
    print((pcall(make)))
  end
end
for _, keys in ipairs { { rope = 1 }, { rope = -1 }, { rope = 0 / 0 }, { dropout = 1 }, { dropout = 0 / 0 }, { kv_heads = 3 }, { heads = {} } } do
  print((pcall(nn.attention, keys)))
end
for _, depth in ipairs { 0, -1, 1001, 1 << 40, {} } do
  print((pcall(nn.transformer, { depth })))
end
