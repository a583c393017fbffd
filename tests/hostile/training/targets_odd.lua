-- ends: itself
for _, y in ipairs { { -1, 0 }, { 0.5, 1 }, { "a", "\27[2J" }, { 0/0, 1 }, { 1e300, -1e300 }, { true, false }, { {}, {} }, { ("c"):rep(100000), "d" } } do
  print((pcall(function() return train.fit(recipe { model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, data = data.table { x = { { 1 }, { 2 } }, y = y } }, { record = false, quiet = true }) end)))
end
