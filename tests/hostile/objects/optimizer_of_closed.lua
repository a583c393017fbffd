-- ends: itself
local w, g = tensor.new { 3 }, tensor.new { 3 }
local o = optim.adam { lr = 0.1 }:bind { w = w }
o:update { grads = { w = g } }
w:close()
for _ = 1, 20 do pcall(o.update, o, { grads = { w = g } }) end
for i = 1, 3000 do tensor.new { 3 } end
g:close()
print(pcall(o.update, o, { grads = { w = g } }))
