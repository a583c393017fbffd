-- ends: itself
-- says: still "local
-- a tokenizer is there after its data set, which is closed or gone
local t
do
  local d = data.text { "r.lua", task = "lm", tokens = "words", context = 2 }:open {}
  t = d.tokenizer
  if d.close then d:close() end
end
collectgarbage() collectgarbage()
local co = coroutine.wrap(function() return t:decode(t:encode "local t") end)
print(("still %q"):format(co()))
