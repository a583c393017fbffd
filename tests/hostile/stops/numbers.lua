-- ends: itself
-- flags: --lua-seconds 5
local n = 0
for name, f in pairs(stop) do
  for _, v in ipairs { 0/0, 1/0, -1, 1e300, "x", "1e999 s", {}, print, math.mininteger } do
    for _, key in ipairs { "monitor", "mode", "patience", "min_delta", "start_after", "restore_best", "above", "below", "factor" } do
      local ok, s = pcall(f, { [key] = v })
      if ok then n = n + 1 pcall(function() return train.fit(recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, stop = s }, { record = false, quiet = true }) end) end
    end
    pcall(f, v) pcall(f, { v })
  end
end
print(n, "taken")
