-- ends: itself
-- never: true
local f = function() while true do end end
for _, key in ipairs { "name", "seed", "data", "model", "loss", "optimizer", "schedule", "clip", "stop", "epochs", "accumulate", "ema", "checkpoint", "init", "freeze", "on", "metrics", "objective", "repro" } do
  local o = { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 }
  o[key] = f
  print(pcall(recipe, o))
end
