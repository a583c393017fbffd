-- ends: limit --lua-seconds
-- run: lrrun:x.lua
-- a file whose name looks like that of lrrun's own code
while true do end
