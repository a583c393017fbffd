-- ends: itself
-- never: true
local r = recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 }
for _, v in ipairs { r, epochs, data.spirals {}, optim.sgd { lr = 1 }, schedule.cosine {}, stop.nonfinite {}, search.choice { 1 }, tensor.new { 1 }, print, coroutine.create(print) } do
  print(pcall(nn.sequential, { v }) and pcall(function() return nn.sequential { v }:build { 2 } end))
  print(pcall(schedule.warmup, v) and pcall(function() return (schedule.warmup(v)):at(1, {}) end))
  print(pcall(stop.any, { 7, v }), pcall(nn.concat, { v, 7 }), pcall(nn.graph, 7))
end
return r
