-- ends: limit --lua-seconds
repeat until false
