-- ends: itself
local kept = {}
do
  local d = data.spirals { n = 300, batch = 7 }:open {}
  for b in d:batches("train", 1) do kept[#kept + 1] = b end
end
for _ = 1, 100000 do local _ = {} end
for _, b in ipairs(kept) do pcall(function() return #b.x:values(), #b.y:values() end) end
print(#kept)
