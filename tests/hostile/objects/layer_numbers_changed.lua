-- ends: itself
for name, make in pairs { linear = function() return nn.linear(3) end, conv = function() return nn.conv2d { 2, kernel = 3 } end, pool = function() return nn.maxpool2d(2) end,
  drop = function() return nn.dropout(0.5) end, lstm = function() return nn.lstm(3) end, emb = function() return nn.embedding { 3, vocab = 5 } end, norm = function() return nn.groupnorm(2) end, reshape = function() return nn.reshape { 2, 2 } end } do
  local keys = {}
  for k in pairs(make().opts) do keys[#keys + 1] = k end
  for _, k in ipairs(keys) do
    for _, v in ipairs { 0, -1, 1 << 31, 1 << 62, 0.5, 0/0, 1/0, "x", {}, print, math.mininteger } do
      local l = make()
      l.opts[k] = v
      pcall(function() local m = l:build({ 4, 8, 8 }, { batch = 2 }) m:forward(tensor.new { 2, 4, 8, 8 }) end)
      pcall(function() local m = l:build({ 4 }, { batch = 2 }) m:forward(tensor.new { 2, 4 }) end)
    end
  end
end
print "tried"
