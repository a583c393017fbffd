-- ends: itself
local names = { "graph", "builder", "output", "inputs", "seed", "step_count", "batch", "planned", "loss", "value" }
for _, key in ipairs(names) do
  for _, v in ipairs { {}, 1 << 40, -1, 0/0, "x", print, false } do
    local m = nn.linear(3):build({ 2 }, { batch = 4 })
    pcall(function() m[key] = v end)
    pcall(m.forward, m, tensor.new { 4, 2 }) pcall(m.step, m, { x = tensor.new { 4, 2 }, y = tensor.new { 4, 3 } }, nn.mse())
    pcall(m.plan, m, 9) pcall(m.params, m) pcall(m.grads, m) pcall(m.shape, m) pcall(m.forward, m, tensor.new { 900, 2 })
  end
end
print "tried"
