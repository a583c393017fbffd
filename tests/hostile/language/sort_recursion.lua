-- ends: words overflow | limit --lua-memory | limit --lua-seconds
local function less(a, b) table.sort({ 3, 1, 2 }, less) return a < b end
table.sort({ 3, 1, 2 }, less)
