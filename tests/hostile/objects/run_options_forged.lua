-- ends: itself
local r = recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 }
for _, o in ipairs { 7, "x", { record = 7 }, { quiet = "x" }, { folder = "/etc" }, { [1] = true }, print } do print(pcall(train.fit, r, o)) end
for _, o in ipairs { { n = -1 }, { n = 0/0 }, { from = 0 }, { from = 5, to = 1 }, { to = 1/0 }, { seeds = 0 }, { seeds = 1 << 40 }, { shape = "x" }, 7 } do print(pcall(train.range, r, o)) end
print(pcall(train.fit), pcall(train.fit, {}), pcall(train.range, nn.linear(2)), pcall(train.evaluate), pcall(train.predict))
