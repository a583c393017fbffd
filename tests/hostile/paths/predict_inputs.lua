-- ends: itself
-- never: true
local _, run = train.fit(recipe { optimizer = optim.sgd { lr = 0.1 }, epochs = 1, data = data.csv { "good.csv", target = "y", task = "classification" }, model = nn.linear(2), loss = nn.cross_entropy() }, { record = false, quiet = true })
for _, p in ipairs { "link.csv", "../outside/secret.csv", "fifo.csv", "sock", "/dev/zero", "bad.csv", "nothing", "", "\0", ".", 7, {} } do print(pcall(train.predict, run, { input = p })) end
