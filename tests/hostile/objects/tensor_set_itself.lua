-- ends: itself
-- says: 3
local t = tensor.new({ 3 }, { 1, 2, 3 })
print(#t:set(t):values(), pcall(t.set, t, t:copy():set { 3, 2, 1 }))
local m = nn.linear(2):build { 2 }
local w = m:params().weight
w:set(w)
print(pcall(w.set, w, m:params().bias))
