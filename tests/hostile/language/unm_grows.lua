-- ends: limit --lua-memory | words overflow | limit --lua-seconds
local mt = {}
mt.__unm = function(a) return setmetatable({ a, a, a, a, a, a, a, a }, mt) end
local x = setmetatable({}, mt)
while true do x = -x end
