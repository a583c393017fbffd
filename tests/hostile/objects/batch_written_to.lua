-- ends: itself
-- never: \ttrue\t%d
-- labels and lengths that are none, by the tensors of a batch
local m = nn.sequential { nn.embedding(4), nn.lstm(4), nn.linear(3) }:build({ 6 }, { vocab = 20, batch = 8, seq = true })
local d = data.random { tokens = 20, length = 6, classes = 3, n = 40, batch = 8 }:open {}
for b in d:batches "train" do
  for name, bad in pairs { y = 1 << 30, len = 1 << 30, x = -5 } do
    local kept = b[name]:values()
    local v = b[name]:values()
    for i = 1, #v do v[i] = bad end
    b[name]:set(v)
    print(name, pcall(m.step, m, b, nn.cross_entropy()))
    b[name]:set(kept)
  end
  break
end
