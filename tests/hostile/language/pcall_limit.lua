-- ends: limit --lua-seconds
-- never: caught
-- every way of catching, around one loop
local function loop() while true do end end
local function all() pcall(loop) xpcall(loop, print) coroutine.resume(coroutine.create(loop))
  pcall(coroutine.wrap(loop)) pcall(table.sort, { 1, 2 }, loop) pcall(string.gsub, "a", "a", loop)
  pcall(load, loop) pcall(nn.graph(loop).build, nn.graph(loop), { 2 }) end
while true do pcall(all) print "caught" end
