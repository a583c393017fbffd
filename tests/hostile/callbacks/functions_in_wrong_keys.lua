-- ends: itself
-- never: TAKEN
local f = function() while true do end end
for _, key in ipairs { "name", "seed", "data", "model", "loss", "optimizer", "schedule", "clip", "stop", "epochs", "accumulate", "ema", "checkpoint", "init", "freeze", "on", "metrics", "objective", "repro", "precision" } do
  local o = { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 }
  o[key] = f
  local ok, why = pcall(recipe, o)
  print(key, ok and "TAKEN" or why)
end
