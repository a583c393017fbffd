-- ends: itself
for _, key in ipairs { "n", "batch", "val", "classes", "noise", "limit", "shuffle", "normalize" } do
  for _, v in ipairs { 0, -1, 1 << 31, 1 << 62, 0/0, 1/0, 0.5, "x", {}, print } do
    local d = data.spirals { n = 60 }
    d.opts[key] = v
    pcall(function() train.fit(recipe { model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, data = d }, { record = false, quiet = true }) end)
    pcall(function() for b in d:open({}):batches "train" do local _ = b.x:values() end end)
  end
end
print "tried"
