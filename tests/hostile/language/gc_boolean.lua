-- ends: words __gc
-- a false or true __gc marks the table; a function may then come later
setmetatable({}, { __gc = true })
