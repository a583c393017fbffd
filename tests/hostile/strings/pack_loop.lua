-- ends: limit --lua-seconds | limit --lua-memory
while true do string.pack("c20000000", "x") end
