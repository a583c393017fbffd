-- ends: limit --lua-seconds | limit --lua-memory | words .
while true do string.format(("%99.99f"):rep(100), table.unpack((function() local t = {} for i = 1, 100 do t[i] = 1e308 end return t end)())) end
