-- ends: itself
-- never: true
local d = data.text { "r.lua", task = "lm", tokens = "bpe", vocab = 270, context = 2 }:open {}
local t = d.tokenizer
local huge = setmetatable({}, { __len = function() return 1 << 40 end, __index = function() return 1 end })
for _, ids in ipairs { { -1 }, { 270 }, { 1 << 31 }, { 1 << 32 }, { 0.5 }, { "x" }, { {} }, { math.huge }, { 0 / 0 }, { 1, nil, 3, false }, 5, "text", false } do
  print(pcall(t.decode, t, ids))
end
print(#t:decode(huge) ~= 0)
print(pcall(t.encode, t, {}), pcall(t.encode, d, "x"), pcall(t.decode, nil, {}))
for _, key in ipairs { "native", "kind", "vocab", "end_id" } do
  print(pcall(function() t[key] = nil t[key].x = 1 end))
end
print(pcall(t.decode, t, { 1 }))
