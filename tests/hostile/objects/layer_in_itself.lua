-- ends: words . | limit --lua-memory | limit --lua-seconds
local l = nn.sequential { nn.linear(3) }
l.opts.layers = { l }
l:build { 2 }
