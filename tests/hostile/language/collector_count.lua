-- ends: limit --lua-seconds
while true do collectgarbage "count" end
