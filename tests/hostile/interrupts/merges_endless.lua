-- ends: ctrl-c
-- flags: --lua-seconds 100
-- the same the same the same the same the same the same the same the same the same the same
while true do data.text { "r.lua", task = "lm", tokens = "bpe", vocab = 262, context = 2 }:open {} end
