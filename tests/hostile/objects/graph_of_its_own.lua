-- ends: itself
-- the native graph, if it shows, takes no number on trust
local m = nn.sequential { nn.linear(3), nn.relu() }:build({ 2 }, { batch = 4 })
local g = m.graph
local numbers = { 0, -1, 1, 5, 99, 1 << 31, 1 << 32, 1 << 62, math.mininteger, 0.5, 0/0 }
for _, a in ipairs(numbers) do
  for _, f in ipairs { "tensor", "grad", "shape", "segments", "also", "plan", "block", "init", "forward", "backward", "add_sums", "memory" } do
    pcall(function() return g[f](g, a) end) pcall(function() return g[f](g, a, a) end) pcall(function() return g[f](g, { a, a }, a, true) end)
    pcall(function() return g[f](g, { inputs = { [a] = tensor.new { 4, 2 } }, t = a, step = a, seed = a }) end)
  end
  for _, kind in ipairs { "params", "grads", "buffers" } do pcall(function() return #g:block(kind, a, { 3, 3 }):values() end) end
  pcall(function() return g:op("add", { a, a }) end) pcall(function() return g:op("linear", { a, a, a }) end)
  pcall(function() return g:param("p", { a, a }, { kind = "constant", a = a }, true) end) pcall(function() return g:input({ a }, "real") end)
end
pcall(m.forward, m, tensor.new { 4, 2 })
print "tried"
