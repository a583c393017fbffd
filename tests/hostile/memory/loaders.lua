-- ends: limit --memory | limit --lua-seconds | words thread
-- each loader has batches of its own
local d, kept = data.random { shape = { 1000 }, classes = 2, n = 3000, batch = 1000 }:open {}, {}
while true do
  local next_batch = d:batches "train"
  d.loaders = {}
  kept[#kept + 1] = next_batch
  next_batch()
end
