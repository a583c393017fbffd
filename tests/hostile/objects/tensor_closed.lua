-- ends: itself
-- never: true
local t = tensor.new { 2 }
t:close()
local u = tensor.new { 2 }
for _, f in ipairs { function() return t:shape() end, function() return t:values() end, function() return t:set { 1, 2 } end,
  function() return t:copy() end, function() return t:dtype() end, function() return #t end, function() return u:set(t) end,
  function() return nn.linear(2):build({ 2 }, { batch = 1 }):forward(t) end, function() return optim.adam { lr = 1 }:bind { t = t } end } do
  print(pcall(f))
end
t:close()
