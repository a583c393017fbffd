-- ends: words too many results | words overflow | limit --lua-memory | limit --lua-seconds
local t = {}
while true do
  for i = 1, 1000 do t[#t + 1] = i end
  select("#", table.unpack(t))
end
