-- ends: itself
local d = data.csv { "good.csv", target = "y" }:open {}
local n = d.native
local args = { 0, -1, 1 << 40, 0/0, "x", {}, { seed = -1, val = 7 }, { { 1 }, { 2 } }, false }
for _, f in ipairs { "split", "fit", "check", "fill_missing", "info", "scale", "set_scale", "loader", "name_classes", "fill_means", "fingerprint", "close" } do
  for _, a in ipairs(args) do for _, b in ipairs(args) do pcall(function() return n[f](n, a, b) end) end end
end
pcall(function() for b in d:batches "train" do local _ = #b.x:values() end end)
print "tried"
