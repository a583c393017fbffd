-- ends: itself
-- says: 1
local kept = {}
local r = train.fit(recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, steps = 5, on = { step = function(s) kept[#kept + 1] = s end } }, { record = false, quiet = true })
for _ = 1, 100000 do local _ = {} end
print(kept[1].step, kept[5].step, pcall(function() for k in pairs(kept[1]) do local _ = kept[1][k] end end))
