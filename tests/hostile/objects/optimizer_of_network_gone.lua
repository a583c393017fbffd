-- ends: itself
local os = {}
for i = 1, 30 do os[i] = optim.adam { lr = 0.1 }:bind(nn.linear(50):build { 50 }) end
for _ = 1, 100000 do local _ = {} end
for _ = 1, 60 do nn.linear(50):build { 50 } end
for _, o in ipairs(os) do pcall(o.update, o, {}) end
print(os[1].steps >= 0)
