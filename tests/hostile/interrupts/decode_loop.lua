-- ends: ctrl-c
-- flags: --lua-seconds 100
local t = data.text { "r.lua", task = "lm", tokens = "bpe", vocab = 270, context = 2 }:open {}.tokenizer
local ids = t:encode(("some more of the same "):rep(2000))
while true do t:decode(ids) end
