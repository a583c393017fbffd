-- ends: limit --memory | limit --lua-seconds
-- optimizers of one network, each with its moments
local m, kept = nn.linear(1000):build { 1000 }, {}
while true do kept[#kept + 1] = optim.adam { lr = 0.1 }:bind(m) end
