-- ends: limit --lua-seconds
-- never: went on
-- the closing value of a generic for swallows nothing
for _ in function() while true do end end, nil, nil,
  setmetatable({}, { __close = function() pcall(error) end }) do end
print "went on"
