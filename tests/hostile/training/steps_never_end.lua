-- ends: limit --lua-seconds
local m = nn.linear(3):build({ 2 }, { batch = 4 })
while true do m:step({ x = tensor.new { 4, 2 }, y = tensor.new({ 4 }, nil, "i32") }, nn.cross_entropy()) end
