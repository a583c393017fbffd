-- ends: itself
for _, key in ipairs { "native", "shape", "dtype", "seq", "vocab", "classes", "splits", "batch", "loaders", "opts", "kind", "seed", "threads", "notes", "columns", "means", "factors", "class_names", "reader", "bytes", "n" } do
  for _, v in ipairs { {}, -1, 1 << 40, "x", print, false } do
    local d = data.spirals { n = 60 }:open {}
    pcall(function() d[key] = v end)
    for _, f in ipairs { "describe", "kept", "scale", "loader", "batches", "input", "vocabulary" } do pcall(function() return d[f](d, "x") end) pcall(function() return d[f](d) end) end
    pcall(function() for b in d:batches "train" do local _ = #b.x:values() end end)
    local _ = pcall(function() return d.fingerprint end)
  end
end
print "tried"
