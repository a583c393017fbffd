-- ends: itself | words . | limit --lua-seconds
local s = stop.nonfinite {}
for _ = 1, 5000 do s = stop.any { s, s } end
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, stop = s }
