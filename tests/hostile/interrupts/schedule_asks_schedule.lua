-- ends: ctrl-c
-- flags: --lua-seconds 100
local clock = { lr = 1, steps_per_epoch = 1, total_steps = 2 }
local other = schedule.cosine {}
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, schedule = schedule.fn(function() while true do other:at(1, clock) end end) }
