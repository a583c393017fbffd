-- ends: itself
-- never: ^true
for _, key in ipairs { "epochs", "steps", "seed", "accumulate", "ema" } do
  for _, v in ipairs { 0/0, 1/0, -1, 0.5, 1e300, "x", {}, print } do
    local o = { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 } }
    o[key] = v
    if key ~= "epochs" and key ~= "steps" then o.epochs = 1 end
    if key ~= "ema" or v ~= 0.5 then print(pcall(recipe, o)) end
  end
end
