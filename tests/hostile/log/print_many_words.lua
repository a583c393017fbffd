-- ends: limit --lua-seconds | limit --lua-memory
-- says: %-%-log
-- flags: --log 10K --lua-seconds 0.5
while true do print(table.unpack({}, 1, 100000)) end
