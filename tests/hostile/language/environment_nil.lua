-- ends: words index
local _ENV <const> = nil
print(x)
