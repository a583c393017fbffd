-- ends: itself | words neither returned nor trained
-- what a constructor gave is a table like others: lrrun does not believe what it checked once
for _, key in ipairs { "opts", "kind", "where", "given", "add", "target", "transparent", "methods" } do
  for _, v in ipairs { {}, 7, "x", print, false, 1 << 40 } do
    local l = nn.linear(3)
    pcall(function() l[key] = v end)
    pcall(function() l:build { 2 } end) pcall(function() nn.sequential { l }:build { 2 } end)
    pcall(recipe, { data = data.spirals { n = 60 }, model = l, optimizer = optim.sgd { lr = 0.1 }, epochs = 1 })
  end
end
print "tried"
