-- ends: words unknown key
-- flags: --lua-memory 256
nn.linear { [("k"):rep(20000000)] = 1 }
