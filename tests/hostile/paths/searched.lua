-- ends: itself
-- never: true
local r = recipe { data = data.spirals { n = 60 }, model = nn.linear(3), epochs = 1, optimizer = optim.sgd { lr = search.uniform(0.1, 1) } }
for _, o in ipairs { "../../outside", "/tmp/escaped", "../in", "other-1/../../in", "link_out", ".", "..", "\0", "other-1/recipe.lua" } do
  local ok, why = pcall(search.run, r, { trials = 1, strategy = "random", quiet = true, out = o })
  print(o == "." and "here" or ok)
end
