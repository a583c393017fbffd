-- ends: itself | words .
-- a loop of one's own writes weights that a run reads
local m = nn.linear(3):build({ 2 }, { batch = 4 })
local o = optim.adam { lr = 0.1 }:bind(m)
local d = data.spirals { n = 60, batch = 4 }:open {}
for batch in d:batches "train" do
  m:step(batch, nn.cross_entropy())
  for _, t in pairs(m:params()) do local v = t:values() for i = 1, #v do v[i] = 0/0 end t:set(v) end
  o:update {}
  m:plan(4)
end
print(m:params().bias:values()[1])
