-- ends: itself
for _, key in ipairs { "epochs", "steps", "model", "data", "optimizer", "loss", "on", "clip", "schedule", "stop", "seed", "accumulate", "ema", "checkpoint", "init", "freeze", "metrics", "objective", "repro", "precision", "name", "on_divergence" } do
  for _, v in ipairs { {}, -1, 1 << 40, "x", print, false, epochs, nn.linear(2) } do
    local r = recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 }
    if not (key == "epochs" and v == 1 << 40) and not (key == "steps" and v == 1 << 40) then
      r.opts[key] = v
      pcall(train.fit, r, { record = false, quiet = true })
    end
  end
end
print "tried"
