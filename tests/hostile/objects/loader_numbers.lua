-- ends: itself
local d = data.spirals { n = 60 }:open {}
for _, o in ipairs { { batch = 0 }, { batch = -1 }, { batch = 1 << 40 }, { split = "x" }, { split = {} }, { seed = -1 }, { flip = true }, { crop = 99 }, { augment = { mixup = -1, cutout = 1 << 40, crop = 1 << 40 } }, { batch = 0/0 } } do
  pcall(function() local l = d:loader(o) l:next() end)
end
local l = d:loader {}
for _, e in ipairs { -1, 1 << 62, 0/0, "x", math.mininteger } do pcall(l.seek, l, e, 0) pcall(l.seek, l, 0, e) pcall(l.seek, l, e, e) pcall(l.next, l) end
pcall(l.indices, l, 1 << 40) pcall(l.close, l) pcall(l.next, l)
print(pcall(d.batches, d, "train", 0/0), pcall(d.batches, d, "none"))
