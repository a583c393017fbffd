-- ends: limit --lua-seconds | words .
-- a table with an add method stands for no layer
local l = { kind = "nn.mine", opts = {}, add = function() while true do end end }
nn.sequential { l, nn.linear(3) }:build { 2 }
