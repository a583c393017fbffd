-- ends: itself | words 'name'
for _, n in ipairs { ".", "..", "...", "-", "--help", "-rf", "~", "*", "a/../../b", "/", "//", "\\", "a\\b", "con", ".hidden", "tmp", "checkpoints", "other-1/checkpoints", "link", "x.lock", " ", "	" } do
  print((pcall(function() return train.fit(recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1, name = n }, { quiet = true }) end)))
end
