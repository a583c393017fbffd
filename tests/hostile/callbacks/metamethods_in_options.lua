-- ends: limit --lua-seconds | itself | words .
-- an option table whose reading never ends
local evil = setmetatable({}, { __index = function() while true do end end, __pairs = function() return function() return 1, 1 end end })
print(pcall(nn.linear, evil), pcall(train.fit, recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 }, evil))
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, on = evil, clip = evil }
