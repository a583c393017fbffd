-- ends: itself
-- a network planned again for a larger batch: views of before stay usable or say that they are not
local m = nn.sequential { nn.linear(40), nn.batchnorm(), nn.linear(3) }:build({ 4 }, { batch = 2 })
local v, b, g = m:params(), m:buffers(), m:grads()
local y = m:forward(tensor.new { 2, 4 })
for _, n in ipairs { 4000, 1, 70000, 3 } do
  m:plan(n)
  for _, t in pairs(v) do pcall(t.values, t) pcall(t.set, t, t:values()) end
  for _, t in pairs(b) do pcall(t.set, t, t:values()) end
  for _, t in pairs(g) do pcall(t.values, t) end
  pcall(y.values, y)
end
print "looked"
