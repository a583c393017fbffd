-- ends: limit --memory
local m = nn.sequential { nn.conv2d { 512, kernel = 7 }, nn.conv2d { 512, kernel = 7 } }:build { 512, 64, 64 }
m:plan(64)
