-- ends: limit --log | limit --lua-seconds | limit --lua-memory
-- flags: --log 1
while true do print(table.unpack({}, 1, 100000)) end
