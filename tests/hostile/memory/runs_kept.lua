-- ends: limit --memory | limit --lua-memory
-- flags: --lua-seconds 5
local kept = {}
while true do kept[#kept + 1] = { train.fit(recipe { data = data.spirals { n = 60 }, optimizer = optim.sgd { lr = 0.1 }, epochs = 1, model = nn.sequential { nn.linear(3000), nn.linear(300), nn.linear(3) } }, { record = false, quiet = true }) } end
