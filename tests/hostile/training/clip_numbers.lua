-- ends: itself
-- never: true
for _, c in ipairs { { norm = 0/0 }, { norm = -1 }, { norm = {} }, { value = 1/0 }, { norm = 1, no = 2 }, { tensor_norm = "x" }, { agc = -5 }, 7, "x", print } do print(pcall(function() return train.fit(recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, clip = c }, { record = false, quiet = true }) end)) end
