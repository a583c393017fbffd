-- ends: limit --files | words . | limit --memory
-- flags: --lua-seconds 5
-- each run has files open while the next is begun within it
local function one(n)
  return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, on = { step = function() train.fit(one(n + 1), { quiet = true }) end } }
end
train.fit(one(1), { quiet = true })
