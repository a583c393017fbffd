-- ends: limit --memory | words .
local m = nn.sequential { nn.swiglu { hidden = 1 << 40 } }:build { 16 }
m:plan(1)
