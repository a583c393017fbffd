-- ends: itself
-- says: closed
local kept
do local t <close> = tensor.new { 1000 } kept = t end
print(tostring(kept), pcall(kept.values, kept))
