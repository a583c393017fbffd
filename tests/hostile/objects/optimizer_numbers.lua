-- ends: itself
local w = tensor.new { 3 }
for name, f in pairs(optim) do
  local ok, o = pcall(function() return f { lr = 0.1 }:bind { w = w } end)
  for _, v in ipairs { 0/0, 1/0, -1, "x", {}, 1e308 } do
    if ok then pcall(o.update, o, { lr = v, grads = { w = w } }) pcall(o.update, o, { momentum = v, beta1 = v, beta2 = v, eps = v, grads = { w = w } }) end
    pcall(f, { lr = v }) pcall(f, { lr = 0.1, weight_decay = v }) pcall(f, { lr = 0.1, groups = v }) pcall(f, { lr = 0.1, betas = { v, v } })
  end
end
print "tried"
