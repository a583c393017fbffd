-- ends: itself
-- never: true
for _, p in ipairs { "../out/other-1/weights.safetensors", "link_passwd", "/etc/passwd", "fifo", "sock", ".", "", "good.csv", "../outside/secret.txt" } do
  print(pcall(function() return train.fit(recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, init = p }, { record = false, quiet = true }) end))
end
