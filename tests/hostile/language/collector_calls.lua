-- ends: words count
while true do collectgarbage "collect" end
