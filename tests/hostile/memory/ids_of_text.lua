-- ends: limit --lua-memory | limit --memory | limit --lua-seconds
local t = data.text { "r.lua", task = "lm", tokens = "bytes", context = 2 }:open {}.tokenizer
local s, kept = ("endless text "):rep(100000), {}
while true do kept[#kept + 1] = t:encode(s) end
