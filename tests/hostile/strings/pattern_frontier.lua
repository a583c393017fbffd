-- ends: limit --lua-seconds
while true do ("a"):rep(1000000):find "%f[b]" end
