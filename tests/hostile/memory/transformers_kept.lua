-- ends: limit --memory | limit --lua-seconds
local kept = {}
while true do
  local m = nn.sequential { nn.embedding(64), nn.transformer { 2, kv_heads = 1, rope = true } }:build({ 200 }, { vocab = 10, seq = true })
  m:plan(4)
  kept[#kept + 1] = m
end
