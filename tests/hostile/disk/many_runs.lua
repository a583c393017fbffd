-- ends: limit --disk | ctrl-c
-- flags: --disk 4M --lua-seconds 100
-- each run is small
while true do train.fit(recipe { data = data.spirals { n = 60 }, optimizer = optim.sgd { lr = 0.1 }, epochs = 1, model = nn.linear(3) }, { quiet = true }) end
