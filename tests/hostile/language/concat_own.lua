-- ends: limit --lua-memory | limit --lua-seconds | words overflow
-- __concat that joins what it was given
local mt = {}
mt.__concat = function(a, b) return a .. b end
local x = setmetatable({}, mt) .. "x" .. "y"
