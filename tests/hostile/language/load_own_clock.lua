-- ends: limit --lua-seconds
-- its time counts, whatever it is called
load("while true do end", "@lrrun:lrrun/train/loop.lua")()
