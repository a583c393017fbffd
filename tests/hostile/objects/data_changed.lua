-- ends: itself
for _, key in ipairs { "opts", "kind", "where", "given", "open", "reader" } do
  for _, v in ipairs { {}, 7, "x", print, false } do
    local d = data.spirals { n = 60 }
    pcall(function() d[key] = v end)
    pcall(function() d:open {} end)
    pcall(function() train.fit(recipe { model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, data = d }, { record = false, quiet = true }) end)
  end
end
print "tried"
