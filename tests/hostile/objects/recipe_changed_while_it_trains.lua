-- ends: itself | words .
local r
r = recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 3, on = { step = function() for k in pairs(r.opts) do r.opts[k] = nil end r.kind, r.where = nil, {} setmetatable(r.opts, nil) end } }
return r
