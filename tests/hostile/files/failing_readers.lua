-- ends: limit --lua-seconds | limit --files
while true do
  pcall(function() data.csv { "bad.csv" }:open {} end) pcall(function() data.npy { x = "good.csv", y = "good.csv" }:open {} end)
  pcall(function() data.images { "loopdir", size = { 8, 8 } }:open {} end)
end
