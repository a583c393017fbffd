-- ends: itself
-- joins of many values whose __concat grows the stack, in coroutines and deep down
local function deep(n) if n == 0 then return 0 end return 1 + deep(n - 1) end
local mt = {}
mt.__concat = function() deep(90) return setmetatable({}, mt) end
local function one() return setmetatable({}, mt) end
local function join(n)
  if n > 0 then return (join(n - 1)) end
  return one() .. one() .. one() .. "x" .. one()
end
for i = 1, 100 do coroutine.wrap(join)(i) end
