-- ends: words last
-- each __close raises another error; a limit may not be among those that get lost
local function closing(i)
  return setmetatable({}, { __close = function() error(i == 1 and "last" or "step " .. i, 0) end })
end
local function f(i)
  local _ <close> = closing(i)
  if i < 150 then f(i + 1) end
  error "first"
end
f(1)
