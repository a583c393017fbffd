-- ends: itself | words .
local m = nn.linear(3):build({ 2 }, { batch = 4 })
for _, key in ipairs { "graph", "context", "drives", "rows", "prefix", "path", "value", "made", "called", "inputs" } do
  for _, v in ipairs { {}, 7, "x", print, false } do
    pcall(function() m.builder[key] = v end)
    pcall(m.forward, m, tensor.new { 4, 2 }) pcall(m.plan, m, 9) pcall(m.params, m) pcall(m.shape, m)
  end
end
print "tried"
