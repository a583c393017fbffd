-- ends: ctrl-c | limit --memory | limit --lua-memory
-- flags: --lua-seconds 100 --memory 100000M
local kept = {}
while true do kept[#kept + 1] = { train.fit(recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 }, { record = false, quiet = true }) } end
