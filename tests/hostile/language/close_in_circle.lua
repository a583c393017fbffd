-- ends: words overflow | limit --lua-seconds | limit --lua-memory
-- __close opens another that closes
local mt = {}
mt.__close = function() local _ <close> = setmetatable({}, mt) end
local _ <close> = setmetatable({}, mt)
