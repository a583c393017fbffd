-- ends: limit --files | limit --memory | limit --lua-seconds | words thread | itself
-- flags: --threads 2
-- a loader may have a thread of its own
local kept = {}
for i = 1, 5000 do
  local f = data.spirals { n = 60 }:open({ threads = 2 }):batches "train"
  f()
  kept[i] = f
end
