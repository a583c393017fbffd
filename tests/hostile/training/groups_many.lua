-- ends: itself | words . | limit --lua-seconds
-- seconds: 2
local g = {}
for i = 1, 5000 do g[i] = { match = "weight", weight_decay = i } end
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), epochs = 1, optimizer = optim.sgd { lr = 0.1, groups = g } }
