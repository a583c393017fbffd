-- ends: limit --lua-seconds
-- a loop without a call
::again:: goto again
