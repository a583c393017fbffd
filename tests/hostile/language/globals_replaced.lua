-- ends: itself
-- says: digest
-- what lrrun does of its own does not ask the recipe's globals
local r = recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 }
string, table, math, pairs, ipairs, next, type, tostring, error, pcall, print, setmetatable = nil
return r
